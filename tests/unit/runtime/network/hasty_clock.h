// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "tests/support/manual_clock.h"

namespace trimtab::runtime {

// Waits are over as soon as they are looked at. Thread-safe.
class HastyClock final : public Clock {
 public:
  MonotonicTime Now() const override { return clock_.Now(); }
  WallTime WallNow() const override { return clock_.WallNow(); }
  void WaitUntil(CondVar&, Mutex&, MonotonicTime deadline) override {
    clock_.Advance(std::max(deadline - clock_.Now(), Duration()));
  }

 private:
  ManualClock clock_;
};

}  // namespace trimtab::runtime
