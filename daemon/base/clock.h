// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "daemon/base/mutex.h"

namespace trimtab {

// A length of time.
using Duration = std::chrono::nanoseconds;
// A moment for measuring and waiting; never jumps.
using MonotonicTime = std::chrono::steady_clock::time_point;
// A moment to show and to store; may jump with the system's clock.
using WallTime = std::chrono::system_clock::time_point;

// The source of time, both of its reading and of waiting for it, so that tests
// run without a real one. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual MonotonicTime Now() const = 0;
  virtual WallTime WallNow() const = 0;

  // Waits on `condition` until it is notified or this clock reaches `deadline`.
  // Wakes may be spurious: wait in a loop that reads Now().
  virtual void WaitUntil(CondVar& condition, Mutex& mutex, MonotonicTime deadline)
      TRIMTAB_REQUIRES(mutex) = 0;
};

// The machine's own clock. Lives as long as the process.
Clock& SystemClock();

}  // namespace trimtab
