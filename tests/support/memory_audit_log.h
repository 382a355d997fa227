// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/audit_log.h"

namespace trimtab {

// An audit log that keeps everything, but not over its end. Thread-safe.
class MemoryAuditLog final : public AuditLog {
 public:
  // While this is an error, every write fails with it.
  void Fail(absl::Status error) {
    const MutexLock lock(mutex_);
    error_ = std::move(error);
  }
  // How often there was something to write.
  int writes() const {
    const MutexLock lock(mutex_);
    return writes_;
  }

  absl::Status AppendAudit(const std::vector<AuditEntry>& entries, const AuditRetention&,
                           WallTime) override {
    const MutexLock lock(mutex_);
    if (!error_.ok()) return error_;
    if (!entries.empty()) ++writes_;
    for (const AuditEntry& each : entries) {
      entries_.push_back(each);
      entries_.back().id = static_cast<std::int64_t>(entries_.size());
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<AuditEntry>> ListAudit(std::int64_t before_id, int limit) override {
    const MutexLock lock(mutex_);
    std::vector<AuditEntry> page;
    for (auto each = entries_.rbegin(); each != entries_.rend(); ++each) {
      if (before_id != 0 && each->id >= before_id) continue;
      if (static_cast<int>(page.size()) == limit) break;
      page.push_back(*each);
    }
    return page;
  }

 private:
  mutable Mutex mutex_;
  absl::Status error_ TRIMTAB_GUARDED_BY(mutex_);
  int writes_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::vector<AuditEntry> entries_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab
