// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <map>
#include <string>
#include <vector>

#include "daemon/audit/auditor.h"
#include "daemon/base/mutex.h"
#include "daemon/ports/journal.h"

namespace trimtab {

// Everything that was recorded so far, newest first.
inline std::vector<AuditEntry> ListAll(Auditor& auditor) {
  std::promise<std::vector<AuditEntry>> listed;
  auditor.List(0, 1'000'000, [&listed](const absl::StatusOr<std::vector<AuditEntry>>& entries) {
    listed.set_value(entries.value());
  });
  return listed.get_future().get();
}

// Counts what is noted, by its words. Thread-safe.
class CountingJournal final : public Journal {
 public:
  void Note(Level, const std::string& message, const Fields& fields) override {
    const MutexLock lock(mutex_);
    ++notes_[message];
    for (const auto& [name, value] : fields) said_ += name + "=" + value + "\n";
  }
  void Record(const Trial&) override {}
  void Record(const Decision&) override {}

  int Notes(const std::string& message) const {
    const MutexLock lock(mutex_);
    const auto found = notes_.find(message);
    return found == notes_.end() ? 0 : found->second;
  }
  // The fields of all of them.
  std::string said() const {
    const MutexLock lock(mutex_);
    return said_;
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, int> notes_ TRIMTAB_GUARDED_BY(mutex_);
  std::string said_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab
