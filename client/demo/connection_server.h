// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::demo {

// Listens, and serves each connection on a thread of its own. The destructor
// ends all connections and waits for their threads.
class ConnectionServer {
 public:
  // `serve` has a connection until it returns, which it does once the
  // connection's other side is gone; it doesn't close it.
  using Serve = std::function<void(int connection)>;

  // `listen` is "ADDRESS:PORT" (IPv4). UNAVAILABLE when that can't be had,
  // INVALID_ARGUMENT when it is no address.
  static absl::StatusOr<std::unique_ptr<ConnectionServer>> Start(const std::string& listen,
                                                                 Serve serve);
  ~ConnectionServer();

  // Where it listens, the port resolved.
  const std::string& address() const { return address_; }

 private:
  struct Connection {
    int socket = -1;
    bool over = false;
    OwnedThread thread;
  };

  ConnectionServer(int listener, std::string address, Serve serve);
  void AcceptAll();
  void RunConnection(Connection& connection);
  // Takes out the connections that are over.
  std::list<Connection> TakeOver();

  const int listener_;
  const std::string address_;
  const Serve serve_;
  Mutex mutex_;
  std::list<Connection> connections_ TRIMTAB_GUARDED_BY(mutex_);
  OwnedThread acceptor_;
};

}  // namespace trimtab::demo
