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
  virtual ~AuditLog() = default;

  // Adds entries, all or none, and drops what `retention` doesn't keep as of `now`;
  // refusals never push out others. The ids are given here, whatever the entries'
  // are. Durable when it returns: one wait for the disk, however many they are.
  virtual absl::Status AppendAudit(const std::vector<AuditEntry>& entries,
                                   const AuditRetention& retention, WallTime now) = 0;
  // Entries with an id below `before_id` (0: all), newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<AuditEntry>> ListAudit(std::int64_t before_id, int limit) = 0;
};

}  // namespace trimtab
