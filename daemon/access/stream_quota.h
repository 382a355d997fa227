// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/base/mutex.h"

namespace trimtab {

// How many streams each caller has open. Thread-safe; must outlive the leases.
class StreamQuota {
 public:
  explicit StreamQuota(int max) : max_(max) {}

  // Counts as a stream for as long as it lives; null: the caller has as many as
  // it may.
  std::shared_ptr<void> Take(const std::string& caller);

 private:
  const int max_;
  Mutex mutex_;
  std::map<std::string, int> open_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab
