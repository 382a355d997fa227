// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/bench/target.h"

namespace trimtab::bench {

struct GrpcOptions {
  // "HOST:PORT" or "unix:PATH".
  std::string address;
  // "package.Service/Method"; a leading slash, or a dot before the method, is
  // taken too. A unary method.
  std::string method;
  // The request as JSON; needs the server's reflection, which tells its type.
  std::optional<std::string> json = {};
  // Or as bytes: a serialized message. Neither: an empty message.
  std::string bytes = {};
  std::vector<std::pair<std::string, std::string>> metadata = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(5);
  // Connections that the workers share.
  int connections = 1;
  bool tls = false;
  // Certificates to trust, a file; empty for the system's.
  std::string ca_file = {};
};

// A unary method of any gRPC server. Status OK is a success.
std::unique_ptr<Target> MakeGrpcTarget(GrpcOptions options);

// "/package.Service/Method"; empty when it isn't one.
std::string MethodPath(const std::string& method);

// The message with a field that no receiver knows, and so skips, appended, so
// that it has exactly `bytes`. INVALID_ARGUMENT when it is too long already.
absl::StatusOr<std::string> PadMessage(const std::string& message, std::int64_t bytes);

}  // namespace trimtab::bench
