// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "client/runtime/network/address.h"
#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

// A peer may take its time to be accepted after a burst.
constexpr int kBacklog = 1024;

void SetNoDelay(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

absl::Status Gone(int error) {
  return Error(absl::StatusCode::kUnavailable, "the connection is broken: {}",
               error == 0 ? "the peer closed it" : std::strerror(error));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Socket>> Socket::Connect(const std::string& address,
                                                        MonotonicTime deadline, Clock& clock) {
  const absl::StatusOr<SocketAddress> where = ParseAddress(address);
  if (!where.ok()) return where.status();
  const int descriptor =
      socket(where->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) {
    return Error(absl::StatusCode::kResourceExhausted, "no socket for {}: {}", address,
                 std::strerror(errno));
  }
  auto connection = std::make_unique<Socket>(descriptor, clock);
  int error = 0;
  if (connect(descriptor, where->raw(), where->size) != 0) error = errno;
  if (error == EINPROGRESS) {
    if (!connection->Await(POLLOUT, deadline).ok()) {
      return Error(absl::StatusCode::kDeadlineExceeded, "{} didn't accept in time", address);
    }
    socklen_t size = sizeof(error);
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) {
    return Error(absl::StatusCode::kUnavailable, "can't connect to {}: {}", address,
                 std::strerror(error));
  }
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  SetNoDelay(descriptor);
  return connection;
}

Socket::~Socket() { close(descriptor_); }

absl::Status Socket::Await(short events, MonotonicTime deadline) const {
  while (true) {
    const Duration left = deadline - std::min(deadline, clock_.Now());
    // Rounded up: a poll that ends early would only be called again. At most a
    // minute at a time, so that the number fits.
    const auto left_ms =
        std::min<std::int64_t>(60000, std::chrono::ceil<std::chrono::milliseconds>(left).count());
    pollfd wait{descriptor_, events, 0};
    const int ready = poll(&wait, 1, static_cast<int>(left_ms));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Gone(errno);
    if (clock_.Now() >= deadline) return absl::DeadlineExceededError("the peer was too slow");
  }
}

absl::Status Socket::Write(std::string_view head, std::string_view body, MonotonicTime deadline,
                           std::size_t* written) {
  if (written != nullptr) *written = 0;
  while (!head.empty() || !body.empty()) {
    // sendmsg() reads only, though its type doesn't say so.
    iovec parts[2] = {{const_cast<char*>(head.data()), head.size()},
                      {const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t sent = sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return Gone(errno);
      if (absl::Status ready = Await(POLLOUT, deadline); !ready.ok()) return ready;
      continue;
    }
    if (written != nullptr) *written += static_cast<std::size_t>(sent);
    const auto of_head = std::min(head.size(), static_cast<std::size_t>(sent));
    head.remove_prefix(of_head);
    body.remove_prefix(static_cast<std::size_t>(sent) - of_head);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> Socket::Read(char* into, std::size_t size, MonotonicTime deadline) {
  while (true) {
    const ssize_t got = recv(descriptor_, into, size, MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return Gone(0);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Gone(errno);
    if (absl::Status ready = Await(POLLIN, deadline); !ready.ok()) return ready;
  }
}

void Socket::Shutdown() { shutdown(descriptor_, SHUT_RDWR); }

bool Socket::Healthy() const {
  char byte = 0;
  return recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Listen(const std::string& address) {
  absl::StatusOr<SocketAddress> where = ParseAddress(address);
  if (!where.ok()) return where.status();
  const int descriptor = socket(where->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (descriptor < 0 || bind(descriptor, where->raw(), where->size) != 0 ||
      listen(descriptor, kBacklog) != 0 ||
      getsockname(descriptor, where->raw(), &where->size) != 0) {
    const int error = errno;
    if (descriptor >= 0) close(descriptor);
    return Error(absl::StatusCode::kUnavailable, "can't listen on {}: {}", address,
                 std::strerror(error));
  }
  return std::unique_ptr<Listener>(new Listener(descriptor, FormatAddress(*where)));
}

Listener::~Listener() { close(descriptor_); }

std::unique_ptr<Socket> Listener::Accept(Clock& clock) {
  while (true) {
    const int descriptor = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor >= 0) {
      SetNoDelay(descriptor);
      return std::make_unique<Socket>(descriptor, clock);
    }
    if (errno == EINVAL || errno == EBADF) return nullptr;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // Nothing to wait on says when there is room again.
      poll(nullptr, 0, 10);
    }
  }
}

void Listener::Shutdown() { shutdown(descriptor_, SHUT_RDWR); }

}  // namespace trimtab::runtime
