// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "client/runtime/network/connection.h"
#include "client/runtime/network/grpc_tls.h"

namespace trimtab::runtime {

struct GrpcTransportOptions {
  // Full name of a unary method whose messages are taken as bytes.
  std::string method = "/trimtab.runtime.Bytes/Call";
  GrpcTls tls = {};
  // Larger answers end in RESOURCE_EXHAUSTED; larger requests are refused. From 1.
  int max_message_bytes = 64 << 20;
  // Source of time; null for the machine's own. Must outlive all connections.
  Clock* clock = nullptr;
};

// Connections that are gRPC channels of their own, not shared ones: each has its
// TCP connection and, with TLS, its handshake. A request is a unary call; those
// of one connection are under way at the same time, and answers are handed over
// in the order of the requests. Thread-safe.
class GrpcTransport final : public Transport {
 public:
  // `target` as gRPC takes it, such as "127.0.0.1:7000".
  explicit GrpcTransport(std::string target, GrpcTransportOptions options = {});

  // Waits until the channel is connected; UNAVAILABLE as soon as that fails.
  // INVALID_ARGUMENT for a limit of 0 or TLS that is set in part.
  absl::StatusOr<std::unique_ptr<Connection>> Open(MonotonicTime deadline) override;

 private:
  const std::string target_;
  const GrpcTransportOptions options_;
};

}  // namespace trimtab::runtime
