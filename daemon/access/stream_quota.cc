// SPDX-License-Identifier: Apache-2.0
#include "daemon/access/stream_quota.h"

namespace trimtab {

std::shared_ptr<void> StreamQuota::Take(const std::string& caller) {
  const MutexLock lock(mutex_);
  int& open = open_[caller];
  if (open >= max_) return nullptr;
  ++open;
  return {this, [this, caller](void*) {
            const MutexLock inner(mutex_);
            if (--open_[caller] == 0) open_.erase(caller);
          }};
}

}  // namespace trimtab
