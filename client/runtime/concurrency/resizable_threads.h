// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

// Named threads whose number changes while they work. Each runs `body` with its
// number, from 0. A thread whose number has become too high goes when it is
// between two pieces of work; the body asks:
//
//   while (...) { if (threads.Surplus(number) && threads.Leave(number)) return; ... }
//
// Thread-safe. The owner makes the bodies return before Join().
class ResizableThreads {
 public:
  static constexpr std::int64_t kMax = 1024;

  // `name` is shown by debuggers and `top`, cut to 15 characters.
  ResizableThreads(std::string name, std::function<void(std::int64_t number)> body);
  ~ResizableThreads() { Join(); }

  // INVALID_ARGUMENT outside 1 to kMax, RESOURCE_EXHAUSTED when the system gives
  // no more threads; the number wanted is the former one then. Doesn't wait for
  // threads that are too many. The owner wakes those that sleep.
  absl::Status Resize(std::int64_t threads);

  std::int64_t wanted() const { return wanted_.load(std::memory_order_relaxed); }
  // Whether this thread should Leave(): a glance.
  bool Surplus(std::int64_t number) const { return number >= wanted(); }
  // True: the thread is counted as gone and its body returns now. False: it is
  // wanted again.
  bool Leave(std::int64_t number);

  // Waits until all bodies have returned.
  void Join();

 private:
  struct Place {
    OwnedThread thread;
    // The body returned, or will without looking back.
    bool gone = true;
  };

  void StartUpTo(std::int64_t threads) TRIMTAB_REQUIRES(mutex_);

  const std::string name_;
  const std::function<void(std::int64_t)> body_;
  std::atomic<std::int64_t> wanted_{0};
  Mutex mutex_;
  std::vector<Place> places_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
