// SPDX-License-Identifier: Apache-2.0
#include "client/demo/connection_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "client/demo/wire.h"

namespace trimtab::demo {

absl::StatusOr<std::unique_ptr<ConnectionServer>> ConnectionServer::Start(const std::string& listen,
                                                                          Serve serve) {
  std::string address;
  const absl::StatusOr<int> listener = Listen(listen, &address);
  if (!listener.ok()) return listener.status();
  return std::unique_ptr<ConnectionServer>(
      new ConnectionServer(*listener, std::move(address), std::move(serve)));
}

ConnectionServer::ConnectionServer(int listener, std::string address, Serve serve)
    : listener_(listener), address_(std::move(address)), serve_(std::move(serve)) {
  acceptor_ = OwnedThread("accept", [this](const std::stop_token&) { AcceptAll(); });
}

ConnectionServer::~ConnectionServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.Join();
  close(listener_);
  std::list<Connection> left;
  {
    const MutexLock lock(mutex_);
    for (const Connection& each : connections_) shutdown(each.socket, SHUT_RDWR);
    left.swap(connections_);
  }
  for (Connection& each : left) {
    each.thread.Join();
    close(each.socket);
  }
}

void ConnectionServer::AcceptAll() {
  for (int socket; (socket = Accept(listener_)) >= 0;) {
    for (Connection& each : TakeOver()) {
      each.thread.Join();
      close(each.socket);
    }
    const MutexLock lock(mutex_);
    Connection& connection = connections_.emplace_back();
    connection.socket = socket;
    connection.thread = OwnedThread(
        "connection", [this, &connection](const std::stop_token&) { RunConnection(connection); });
  }
}

void ConnectionServer::RunConnection(Connection& connection) {
  serve_(connection.socket);
  // The other side sees the end at once, though the socket is closed later.
  shutdown(connection.socket, SHUT_RDWR);
  const MutexLock lock(mutex_);
  connection.over = true;
}

std::list<ConnectionServer::Connection> ConnectionServer::TakeOver() {
  std::list<Connection> over;
  const MutexLock lock(mutex_);
  for (auto each = connections_.begin(); each != connections_.end();) {
    const auto next = std::next(each);
    if (each->over) over.splice(over.end(), connections_, each);
    each = next;
  }
  return over;
}

}  // namespace trimtab::demo
