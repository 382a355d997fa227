// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/sequence_tracker.h"

namespace trimtab {

SequenceTracker::Kind SequenceTracker::Judge(const std::string& boot_id, std::int64_t sequence) {
  if (boot_id != boot_id_) {
    if (boot_id == previous_boot_id_) return Kind::kDuplicate;
    previous_boot_id_ = boot_id_;
    boot_id_ = boot_id;
    last_ = sequence;
    return Kind::kNext;
  }
  if (sequence <= last_) return Kind::kDuplicate;
  const bool gap = sequence - last_ > 1;
  last_ = sequence;
  return gap ? Kind::kAfterGap : Kind::kNext;
}

}  // namespace trimtab
