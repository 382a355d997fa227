// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/base/clock.h"

namespace trimtab::benchmark {

// A clock for a load with one worker: to wait is to be there at once, and a
// request takes as long as it says with Pass().
class SteppingClock final : public Clock {
 public:
  MonotonicTime Now() const override {
    const MutexLock lock(mutex_);
    return now_;
  }
  WallTime WallNow() const override { return WallTime(std::chrono::hours(24 * 365 * 50)); }
  void WaitUntil(CondVar&, Mutex&, MonotonicTime deadline) override {
    const MutexLock lock(mutex_);
    now_ = std::max(now_, deadline);
  }
  void Pass(Duration length) {
    const MutexLock lock(mutex_);
    now_ += length;
  }

 private:
  mutable Mutex mutex_;
  MonotonicTime now_ TRIMTAB_GUARDED_BY(mutex_){std::chrono::hours(1)};
};

}  // namespace trimtab::benchmark
