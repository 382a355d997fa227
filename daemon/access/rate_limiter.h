// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab {

// A token bucket a caller: `per_second` on average, as many at once. Callers'
// names must be bounded in number, for none is forgotten. Thread-safe.
class RateLimiter {
 public:
  RateLimiter(int per_second, Clock& clock) : per_second_(per_second), clock_(clock) {}

  // Whether one more may pass now.
  bool Take(const std::string& caller);

 private:
  struct Bucket {
    double tokens;
    MonotonicTime filled_at;
  };
  const double per_second_;
  Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Bucket> buckets_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab
