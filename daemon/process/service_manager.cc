// SPDX-License-Identifier: Apache-2.0
#include "daemon/process/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace trimtab {
namespace {

constexpr int kFeedsPerInterval = 4;

// Of a variable of the environment; 0 where there is none or no number.
std::int64_t Number(const char* name) {
  const char* text = std::getenv(name);
  std::int64_t number = 0;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), number);
  return number;
}

std::int64_t Microseconds(Duration length) {
  return std::chrono::duration_cast<std::chrono::microseconds>(length).count();
}

}  // namespace

ServiceManager::ServiceManager(Duration hang_limit) {
  const char* address = std::getenv("NOTIFY_SOCKET");
  if (address == nullptr || (*address != '/' && *address != '@')) return;
  address_ = address;
  if (address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const std::int64_t pid = Number("WATCHDOG_PID");
  if (pid != 0 && pid != getpid()) return;
  watchdog_ = std::chrono::microseconds(std::max<std::int64_t>(0, Number("WATCHDOG_USEC")));
  if (watchdog_ > Duration::zero() && watchdog_ < hang_limit) {
    watchdog_ = hang_limit;
    prolonged_ = true;
  }
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) close(socket_);
}

void ServiceManager::Ready() {
  Send(prolonged_ ? fmt::format("READY=1\nWATCHDOG_USEC={}", Microseconds(watchdog_)) : "READY=1",
       0);
}

void ServiceManager::Reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  Send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000LL + now.tv_nsec / 1000),
       0);
}

void ServiceManager::Stopping() { Send("STOPPING=1", 0); }

void ServiceManager::Status(const std::string& line) {
  if (line == status_) return;
  status_ = line;
  std::string message = "STATUS=" + line;
  // A line break would begin another assignment.
  std::replace(message.begin(), message.end(), '\n', ' ');
  Send(message, MSG_DONTWAIT);
}

void ServiceManager::Feed(MonotonicTime now) {
  if (watchdog_ == Duration::zero() || now < next_feed_) return;
  next_feed_ = now + watchdog_ / kFeedsPerInterval;
  Send("WATCHDOG=1", MSG_DONTWAIT);
}

void ServiceManager::Send(std::string_view message, int flags) const {
  if (socket_ < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  // A name outside the file system begins with a zero byte.
  if (address_.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  sendto(socket_, message.data(), message.size(), flags | MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace trimtab
