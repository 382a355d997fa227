// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// Bounds retries to a share of requests, so that a backend in trouble doesn't
// get more load for it. A bucket of tokens: each request brings `ratio` of one,
// a retry takes a whole one, `burst` fit. The way of Finagle's RetryBudget and
// of gRPC's throttling (proposal A6). Thread-safe.
class RetryBudget {
 public:
  // `ratio` from 0 to 1; `burst` at least 1. Begins full.
  RetryBudget(double ratio, double burst) : ratio_(ratio), burst_(burst), tokens_(burst) {}

  void OnRequest() {
    const MutexLock lock(mutex_);
    tokens_ = std::min(burst_, tokens_ + ratio_);
  }
  // Whether a retry may be made; if so it is paid for.
  bool TryRetry() {
    const MutexLock lock(mutex_);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  double tokens() const {
    const MutexLock lock(mutex_);
    return tokens_;
  }

 private:
  const double ratio_;
  const double burst_;
  mutable Mutex mutex_;
  double tokens_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
