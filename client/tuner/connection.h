// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <trimtab/client.h>
#include <trimtab/v1/tuner.grpc.pb.h>

#include <memory>

#include "daemon/tls/tls_files.h"

namespace trimtab::client {

// The way to a daemon: transport security, the token, and errors in words.
// Thread-safe.
class Connection {
 public:
  // Connects at the first call.
  explicit Connection(const TunerClientOptions& options);

  // Puts the token to a call. INVALID_ARGUMENT: a file of the options is wrong.
  absl::Status Prepare(grpc::ClientContext& context) const;
  // A call's end; that of a failed handshake says why it failed.
  absl::Status Explain(const grpc::Status& status) const;
  v1::TunerService::Stub& stub() const { return *stub_; }

 private:
  absl::Status Connect();

  const std::string address_;
  const TlsFiles tls_;
  const std::string server_name_;
  const std::string token_file_;
  std::unique_ptr<v1::TunerService::Stub> stub_;
  // Last: it makes the stub.
  const absl::Status ready_;
};

}  // namespace trimtab::client
