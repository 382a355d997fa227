// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "daemon/base/clock.h"
#include "daemon/base/random.h"

namespace trimtab {

// The delays between attempts: each twice the one before up to a maximum, and
// each drawn from its upper half, so that many sidecars that lost one host
// together don't come back together. Not thread-safe.
class Backoff {
 public:
  // `initial` positive, `max` at least that.
  Backoff(Duration initial, Duration max, std::uint64_t seed);

  // How long to wait before the next attempt.
  Duration Next();
  // After a success.
  void Reset() { delay_ = initial_; }

 private:
  const Duration initial_;
  const Duration max_;
  Duration delay_;
  Random random_;
};

}  // namespace trimtab
