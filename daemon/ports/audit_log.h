// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "daemon/model/audit.h"

namespace trimtab {

// Keeps what was asked of the daemon over restarts. Errors as in TrialStore.
// Thread-safe.
class AuditLog {
 public:
  // Of calls that were let in, the newest so many are kept, and of those that
  // were not; these can't push out those.
  static constexpr int kMaxAdmitted = 10000;
  static constexpr int kMaxRefused = 1000;

  virtual ~AuditLog() = default;

  // The id is given here, whatever the entry's is.
  virtual absl::Status AppendAudit(const AuditEntry& entry) = 0;
  // Entries with an id below `before_id` (0: all), newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<AuditEntry>> ListAudit(std::int64_t before_id, int limit) = 0;
};

}  // namespace trimtab
