// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/clock.h"

namespace trimtab {

// Tells the service manager how the daemon does, by the datagrams of
// sd_notify(3); says nothing where there is no service manager. Our own, for
// libsystemd brings five compression and crypto libraries for one sendmsg().
// A manager that doesn't listen is no error. Feed() belongs to one thread, the
// rest to another.
class ServiceManager {
 public:
  // As $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID have it. `hang_limit`:
  // a loop may be silent for so long; a shorter watchdog is made as long.
  explicit ServiceManager(Duration hang_limit);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  void Ready();
  // The settings are read again; Ready() follows.
  void Reloading();
  void Stopping();
  // One line for people; sent when it differs from the one before.
  void Status(const std::string& line);

  // Feeds the watchdog, a few times in each of its intervals however often it
  // is called. Never waits: costs a system call at most.
  void Feed(MonotonicTime now);

 private:
  void Send(std::string_view message, int flags) const;

  int socket_ = -1;
  std::string address_;
  // Zero: there is no watchdog.
  Duration watchdog_{};
  bool prolonged_ = false;
  MonotonicTime next_feed_{};
  std::string status_;
};

}  // namespace trimtab
