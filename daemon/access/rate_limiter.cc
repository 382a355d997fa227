// SPDX-License-Identifier: Apache-2.0
#include "daemon/access/rate_limiter.h"

#include <algorithm>

namespace trimtab {

bool RateLimiter::Take(const std::string& caller) {
  const MonotonicTime now = clock_.Now();
  const MutexLock lock(mutex_);
  Bucket& bucket = buckets_.try_emplace(caller, Bucket{per_second_, now}).first->second;
  if (now > bucket.filled_at) {
    const std::chrono::duration<double> since = now - bucket.filled_at;
    bucket.tokens = std::min(per_second_, bucket.tokens + per_second_ * since.count());
    bucket.filled_at = now;
  }
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace trimtab
