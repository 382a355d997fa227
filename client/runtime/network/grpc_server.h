// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "client/runtime/network/grpc_tls.h"
#include "client/runtime/network/handler.h"
#include "client/runtime/statistic.h"

namespace trimtab::runtime {

struct GrpcBytesServerOptions {
  // As gRPC takes it; port 0: any free one.
  std::string listen = "127.0.0.1:0";
  std::string method = "/trimtab.runtime.Bytes/Call";
  GrpcTls tls = {};
  // Of requests and answers; larger ones end in RESOURCE_EXHAUSTED. From 1.
  int max_message_bytes = 64 << 20;
};

struct GrpcBytesServerStats {
  // Under way.
  std::int64_t calls = 0;
  std::int64_t requests = 0;
  std::int64_t failed = 0;
  std::int64_t refused = 0;
};
std::vector<Statistic> Export(const GrpcBytesServerStats& stats);

// Serves one unary method whose messages are bytes: the other end of a
// GrpcTransport. Handlers are called by gRPC's threads, and should reply later
// rather than wait. The destructor ends calls under way and waits for their
// replies. Thread-safe.
class GrpcBytesServer {
 public:
  // INVALID_ARGUMENT for a limit of 0 or TLS that is set in part; UNAVAILABLE
  // when the address can't be listened on.
  static absl::StatusOr<std::unique_ptr<GrpcBytesServer>> Start(GrpcBytesServerOptions options,
                                                                Handler handler);
  ~GrpcBytesServer();
  GrpcBytesServer(const GrpcBytesServer&) = delete;
  GrpcBytesServer& operator=(const GrpcBytesServer&) = delete;

  // Where it listens, the port resolved.
  const std::string& address() const;
  GrpcBytesServerStats stats() const;

 private:
  struct Impl;
  explicit GrpcBytesServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace trimtab::runtime
