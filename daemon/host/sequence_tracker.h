// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace trimtab {

// Remembers which windows of a host were received, so that none counts twice
// and a missing one is noticed. Not thread-safe.
class SequenceTracker {
 public:
  enum class Kind {
    // The next one, or the first of a boot.
    kNext,
    // New, but some before it are missing.
    kAfterGap,
    // Received already, or older than one received.
    kDuplicate,
  };

  // Judges a window and, unless it's a duplicate, remembers it. A new boot id
  // begins anew; windows of the boot before it are duplicates from then on.
  Kind Judge(const std::string& boot_id, std::int64_t sequence);

  // The last sequence received of this boot; 0 for another boot.
  std::int64_t LastOf(const std::string& boot_id) const { return boot_id == boot_id_ ? last_ : 0; }
  bool empty() const { return boot_id_.empty(); }

 private:
  std::string boot_id_;
  std::string previous_boot_id_;
  std::int64_t last_ = 0;
};

}  // namespace trimtab
