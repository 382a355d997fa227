// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "daemon/base/clock.h"
#include "daemon/base/random.h"

namespace trimtab::runtime {

// How long to wait before the next attempt.
struct Backoff {
  // Before the first retry; above zero.
  Duration first = std::chrono::milliseconds(10);
  // Each is so many times the one before; from 1.
  double multiplier = 2;
  // None is longer; at least `first`.
  Duration longest = std::chrono::seconds(1);
  // The share that is drawn at random: 0 waits all of it each time, 1 anything
  // from nothing to all of it ("full jitter": M. Brooker, "Exponential Backoff
  // And Jitter", AWS Architecture Blog, 2015), so that clients that failed
  // together don't come back together. 0 to 1.
  double jitter = 1;
};

// Before retry `retry`, from 1: longest at most first * multiplier^(retry-1),
// less what `random` takes off.
inline Duration DelayBefore(int retry, const Backoff& backoff, Random& random) {
  const auto longest = static_cast<double>(backoff.longest.count());
  const double whole = std::min(longest, static_cast<double>(backoff.first.count()) *
                                             std::pow(backoff.multiplier, std::max(0, retry - 1)));
  return Duration(static_cast<Duration::rep>(whole * (1 - backoff.jitter * random.Uniform())));
}

}  // namespace trimtab::runtime
