// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/unix_listener.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab {
namespace {

constexpr mode_t kMode = 0660;
// Before the next try when there are no file descriptors left.
constexpr int kRetryMs = 100;

absl::Status Fail(const std::string& path, const std::string& why) {
  return Error(absl::StatusCode::kUnavailable, "api.listen: can't listen on unix:{}: {}", path,
               why);
}

// Closes unless it is let go.
struct Holder {
  ~Holder() {
    if (file >= 0) close(file);
  }
  int file;
};

}  // namespace

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Listen(const std::string& path,
                                                                   const std::string& group) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof(name.sun_path)) return Fail(path, "the path is too long");
  std::memcpy(name.sun_path, path.data(), path.size());
  const auto* address = reinterpret_cast<const sockaddr*>(&name);
  Holder holder{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (holder.file < 0) return Fail(path, std::strerror(errno));

  struct stat there {};
  if (lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return Fail(path, "there is a file that is no socket");
    const Holder probe{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (connect(probe.file, address, sizeof(name)) == 0 || errno != ECONNREFUSED) {
      return Fail(path, "is it in use?");
    }
    unlink(path.c_str());
  }
  if (bind(holder.file, address, sizeof(name)) != 0) return Fail(path, std::strerror(errno));
  // Nobody gets in before listen().
  std::unique_ptr<UnixListener> listener(new UnixListener(std::exchange(holder.file, -1), path));
  if (!group.empty()) {
    errno = 0;
    const struct group* found = getgrnam(group.c_str());
    if (found == nullptr) {
      return Error(absl::StatusCode::kInvalidArgument, "api.socket_group: there is no group '{}'",
                   group);
    }
    if (chown(path.c_str(), -1, found->gr_gid) != 0) return Fail(path, std::strerror(errno));
  }
  if (chmod(path.c_str(), kMode) != 0) return Fail(path, std::strerror(errno));
  if (listen(listener->socket_, SOMAXCONN) != 0) return Fail(path, std::strerror(errno));
  return listener;
}

UnixListener::UnixListener(int socket, std::string path)
    : socket_(socket), path_(std::move(path)), wake_(eventfd(0, EFD_CLOEXEC)) {
  struct stat file {};
  if (stat(path_.c_str(), &file) == 0) {
    device_ = file.st_dev;
    inode_ = file.st_ino;
  }
}

UnixListener::~UnixListener() {
  if (thread_.Joinable()) {
    thread_.RequestStop();
    eventfd_write(wake_, 1);
    thread_.Join();
  }
  struct stat file {};
  if (stat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_) {
    unlink(path_.c_str());
  }
  close(socket_);
  close(wake_);
}

void UnixListener::Start(OnConnection on_connection) {
  thread_ =
      OwnedThread("api-accept", [this, on_connection = std::move(on_connection)](
                                    const std::stop_token& stop) { Run(stop, on_connection); });
}

void UnixListener::Run(const std::stop_token& stop, const OnConnection& on_connection) const {
  while (!stop.stop_requested()) {
    pollfd waiting[] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0 || waiting[0].revents == 0) continue;
    const int connection = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        poll(&waiting[1], 1, kRetryMs);
      }
      continue;
    }
    ucred peer{};
    socklen_t length = sizeof(peer);
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
      close(connection);
      continue;
    }
    on_connection(connection, peer.uid);
  }
}

}  // namespace trimtab
