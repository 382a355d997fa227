// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstdint>

#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

bool ParsePort(std::string_view text, std::uint16_t* port) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, *port);
  return error == std::errc() && stopped == end;
}

}  // namespace

absl::StatusOr<SocketAddress> ParseAddress(const std::string& address) {
  SocketAddress result;
  const std::size_t colon = address.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos && ParsePort(std::string_view(address).substr(colon + 1), &port)) {
    const std::string name = address.substr(0, colon);
    auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    if (inet_pton(AF_INET, name.c_str(), &v4->sin_addr) == 1) {
      v4->sin_family = AF_INET;
      v4->sin_port = htons(port);
      result.size = sizeof(*v4);
      return result;
    }
    if (name.size() > 2 && name.front() == '[' && name.back() == ']' &&
        inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), &v6->sin6_addr) == 1) {
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      result.size = sizeof(*v6);
      return result;
    }
  }
  return Error(absl::StatusCode::kInvalidArgument,
               "'{}' is no address; allowed: IPV4:PORT or [IPV6]:PORT, such as 127.0.0.1:7000",
               address);
}

std::string FormatAddress(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
    return fmt::format("{}:{}", text, ntohs(v4->sin_port));
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
  return fmt::format("[{}]:{}", text, ntohs(v6->sin6_port));
}

}  // namespace trimtab::runtime
