// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <utility>

#include "client/runtime/network/handler.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

// A handler that sends each request back after a fixed time, however many there
// are: a backend that is busy elsewhere, or far away. Must outlive its server.
class DelayedEcho {
 public:
  explicit DelayedEcho(Duration delay)
      : delay_(delay), thread_("echo", [this](const std::stop_token& stop) { Run(stop); }) {}
  ~DelayedEcho() {
    thread_.RequestStop();
    {
      const MutexLock lock(mutex_);
      changed_.NotifyAll();
    }
    thread_.Join();
  }

  Handler AsHandler() {
    return [this](std::string request, Reply reply) {
      const MutexLock lock(mutex_);
      waiting_.push_back({SystemClock().Now() + delay_, std::move(request), std::move(reply)});
      if (waiting_.size() == 1) changed_.NotifyOne();
    };
  }

 private:
  struct Waiting {
    MonotonicTime due;
    std::string request;
    Reply reply;
  };

  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::deque<Waiting> due;
      {
        const MutexLock lock(mutex_);
        if (waiting_.empty()) {
          changed_.Wait(mutex_);
        } else if (SystemClock().Now() < waiting_.front().due) {
          changed_.WaitUntil(mutex_, waiting_.front().due);
        }
        while (!waiting_.empty() && waiting_.front().due <= SystemClock().Now()) {
          due.push_back(std::move(waiting_.front()));
          waiting_.pop_front();
        }
      }
      for (Waiting& each : due) each.reply(std::move(each.request));
    }
  }

  const Duration delay_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Waiting> waiting_ TRIMTAB_GUARDED_BY(mutex_);
  OwnedThread thread_;
};

}  // namespace trimtab::runtime
