// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/base/clock.h"

namespace trimtab {

// A clock that stands still until it is advanced. Thread-safe.
class ManualClock final : public Clock {
 public:
  MonotonicTime Now() const override {
    const MutexLock lock(mutex_);
    return now_;
  }
  WallTime WallNow() const override {
    const MutexLock lock(mutex_);
    return WallTime(std::chrono::hours(24 * 365 * 50)) + wall_step_ +
           std::chrono::duration_cast<WallTime::duration>(now_ - MonotonicTime());
  }

  // Returns after a short real while at the latest: waits are loops, and look
  // at Now() again.
  void WaitUntil(CondVar& condition, Mutex& mutex, MonotonicTime) override TRIMTAB_REQUIRES(mutex) {
    condition.WaitUntil(mutex, std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
  }

  void Advance(Duration step) {
    const MutexLock lock(mutex_);
    now_ += step;
  }
  // Sets the wall clock forward or back, as an administrator or NTP does.
  void StepWall(Duration step) {
    const MutexLock lock(mutex_);
    wall_step_ += std::chrono::duration_cast<WallTime::duration>(step);
  }

 private:
  mutable Mutex mutex_;
  MonotonicTime now_ TRIMTAB_GUARDED_BY(mutex_){std::chrono::hours(1)};
  WallTime::duration wall_step_ TRIMTAB_GUARDED_BY(mutex_){};
};

}  // namespace trimtab
