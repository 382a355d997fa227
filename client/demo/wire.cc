// SPDX-License-Identifier: Apache-2.0
#include "client/demo/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "daemon/base/error.h"

namespace trimtab::demo {
namespace {

absl::StatusOr<sockaddr_in> Parse(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in result{};
  result.sin_family = AF_INET;
  std::uint16_t port = 0;
  const char* end = address.data() + address.size();
  if (colon == std::string::npos ||
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &result.sin_addr) != 1 ||
      std::from_chars(address.data() + colon + 1, end, port).ptr != end) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "'{}' is no address; allowed: IPV4:PORT, such as 127.0.0.1:7000", address);
  }
  result.sin_port = htons(port);
  return result;
}

void SetNoDelay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

bool ReadAll(int socket, void* data, std::size_t size) {
  auto* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = read(socket, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool WriteAll(int socket, const void* data, std::size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool ReadRequest(int socket, RequestHead* head, std::vector<std::uint32_t>* keys) {
  if (!ReadAll(socket, head, sizeof(*head))) return false;
  const bool writes = head->op == Op::kPut;
  if (head->op > Op::kRefresh || head->count > (writes ? kMaxRequestItems : kMaxRequestKeys)) {
    return false;
  }
  keys->resize(writes ? 0 : head->count);
  return ReadAll(socket, keys->data(), keys->size() * sizeof((*keys)[0]));
}

absl::StatusOr<int> Listen(const std::string& address, std::string* bound) {
  absl::StatusOr<sockaddr_in> where = Parse(address);
  if (!where.ok()) return where.status();
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  socklen_t size = sizeof(*where);
  auto* raw = reinterpret_cast<sockaddr*>(&*where);
  if (bind(listener, raw, size) != 0 || listen(listener, 1024) != 0 ||
      getsockname(listener, raw, &size) != 0) {
    const int error = errno;
    close(listener);
    return Error(absl::StatusCode::kUnavailable, "can't listen on {}: {}", address,
                 std::strerror(error));
  }
  *bound = address.substr(0, address.rfind(':')) + ":" + std::to_string(ntohs(where->sin_port));
  return listener;
}

absl::StatusOr<int> Connect(const std::string& address) {
  absl::StatusOr<sockaddr_in> where = Parse(address);
  if (!where.ok()) return where.status();
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(connection, reinterpret_cast<sockaddr*>(&*where), sizeof(*where)) != 0) {
    const int error = errno;
    close(connection);
    return Error(absl::StatusCode::kUnavailable, "can't connect to {}: {}", address,
                 std::strerror(error));
  }
  SetNoDelay(connection);
  return connection;
}

int Accept(int listener) {
  while (true) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) {
      SetNoDelay(connection);
      return connection;
    }
    if (errno != EINTR && errno != ECONNABORTED) return -1;
  }
}

void BlockSignals() {
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void AwaitSignal() {
  const sigset_t signals = EndSignals();
  int signal = 0;
  sigwait(&signals, &signal);
}

}  // namespace trimtab::demo
