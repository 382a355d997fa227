// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "client/runtime/network/connection.h"
#include "client/runtime/network/frame.h"

namespace trimtab::runtime {

struct FramedTransportOptions {
  // Longer requests are refused, longer answers break the connection. 1 to
  // kLargestMaxFrameBytes.
  std::size_t max_frame_bytes = kDefaultMaxFrameBytes;
  // Source of time; null for the machine's own. Must outlive all connections.
  Clock* clock = nullptr;
};

// Connections of the length-prefixed protocol (frame.h) over TCP. No
// encryption: for one machine or a network that is trusted. Thread-safe.
class FramedTransport final : public Transport {
 public:
  // `address` as for Socket. What is wrong with it or the options is told by
  // Open(): INVALID_ARGUMENT.
  explicit FramedTransport(std::string address, FramedTransportOptions options = {});

  absl::StatusOr<std::unique_ptr<Connection>> Open(MonotonicTime deadline) override;

 private:
  const std::string address_;
  const FramedTransportOptions options_;
};

}  // namespace trimtab::runtime
