// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <sys/socket.h>

#include <string>

namespace trimtab::runtime {

// Where a socket listens or connects to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Of "IPV4:PORT" or "[IPV6]:PORT". INVALID_ARGUMENT for anything else.
absl::StatusOr<SocketAddress> ParseAddress(const std::string& address);
std::string FormatAddress(const SocketAddress& address);

}  // namespace trimtab::runtime
