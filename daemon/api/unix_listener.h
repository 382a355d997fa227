// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "daemon/base/thread.h"

namespace trimtab {

// Listens on a Unix socket and asks the kernel who is at the other end, which
// gRPC's own listener doesn't tell. The socket's mode is 0660 before anybody can
// connect. One thread, which waits.
class UnixListener {
 public:
  // `group`: the socket's, by name; empty: the process's own. UNAVAILABLE: the
  // path can't be had, or another process listens there; a socket that nobody
  // listens on is replaced. INVALID_ARGUMENT: there is no such group.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Listen(const std::string& path,
                                                              const std::string& group);
  // Ends the thread and removes the socket, if it is still this one.
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  // Begins to accept. `on_connection` owns the connection, which doesn't block.
  using OnConnection = std::function<void(int connection, uid_t uid)>;
  void Start(OnConnection on_connection);

  int file() const { return socket_; }

 private:
  UnixListener(int socket, std::string path);
  void Run(const std::stop_token& stop, const OnConnection& on_connection) const;

  const int socket_;
  const std::string path_;
  // Written to, it ends the wait of the thread.
  const int wake_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  OwnedThread thread_;
};

}  // namespace trimtab
