// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/clock.h"

namespace trimtab {
namespace {

class RealClock final : public Clock {
 public:
  MonotonicTime Now() const override { return std::chrono::steady_clock::now(); }
  WallTime WallNow() const override { return std::chrono::system_clock::now(); }
  void WaitUntil(CondVar& condition, Mutex& mutex, MonotonicTime deadline) override
      TRIMTAB_REQUIRES(mutex) {
    condition.WaitUntil(mutex, deadline);
  }
};

}  // namespace

Clock& SystemClock() {
  static RealClock clock;
  return clock;
}

}  // namespace trimtab
