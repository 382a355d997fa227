// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <string>

#include "daemon/base/mutex.h"
#include "daemon/ports/audit_log.h"
#include "daemon/ports/trial_store.h"

namespace trimtab {

// Studies in one SQLite file (WAL, synchronous FULL). One process at a time: a
// lock file beside it says who. Reads use a connection of their own.
class SqliteStore final : public TrialStore, public AuditLog {
 public:
  static constexpr int kSchemaVersion = 3;

  // Opens or makes the file. A damaged file is set aside under another name,
  // which `set_aside` tells, and a new one begun; nothing is written before the
  // file was found good. An older schema is brought up to date, whole or not at
  // all. FAILED_PRECONDITION: another process has it, its
  // schema is newer, or it is some other program's database; UNAVAILABLE: it
  // can't be opened or written.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& path,
                                                           std::string* set_aside);
  ~SqliteStore() override;

  absl::StatusOr<std::string> TunerId() override;
  absl::StatusOr<Study> OpenStudy(const StudyKey& key, WallTime now) override;
  absl::StatusOr<std::optional<Checkpoint>> LoadCheckpoint(const std::string& study) override;
  absl::Status SaveCheckpoint(const std::string& study, const Checkpoint& checkpoint) override;
  absl::StatusOr<std::optional<Intent>> LoadIntent(const std::string& study) override;
  absl::Status SaveIntent(const std::string& study, const Intent& intent) override;
  absl::Status ClearIntent(const std::string& study) override;
  absl::Status AppendTrial(const std::string& study, const Trial& trial) override;
  absl::Status AppendDecision(const std::string& study, const Decision& decision) override;
  absl::Status AppendWindow(const std::string& study, std::int64_t trial_id,
                            const HostWindow& window) override;
  absl::StatusOr<std::vector<Trial>> ListTrials(const std::string& study, std::int64_t before_id,
                                                int limit) override;
  absl::StatusOr<std::vector<Decision>> ListDecisions(const std::string& study,
                                                      std::int64_t before_id, int limit) override;
  absl::StatusOr<std::vector<Study>> ListStudies(const std::string& service, int limit) override;
  absl::StatusOr<std::vector<HostWindow>> ListWindows(const std::string& study, int limit) override;

  absl::Status AppendAudit(const std::vector<AuditEntry>& entries, const AuditRetention& retention,
                           WallTime now) override;
  absl::StatusOr<std::vector<AuditEntry>> ListAudit(std::int64_t before_id, int limit) override;

 private:
  SqliteStore(const std::string& path, int lock_file);

  template <typename Work>
  absl::Status Write(const Work& work);
  template <typename Work>
  absl::Status Read(const Work& work);
  absl::Status Append(const char* table, const std::string& study, std::int64_t id,
                      const std::string& record);
  template <typename Decode>
  absl::Status List(const char* table, const std::string& study, std::int64_t before_id, int limit,
                    const Decode& decode);
  absl::StatusOr<std::optional<std::string>> LoadText(const char* column, const std::string& study);
  absl::Status SetIntent(const std::string& study, const std::optional<std::string>& text);

  const int lock_file_;
  Mutex write_mutex_;
  SQLite::Database writer_ TRIMTAB_GUARDED_BY(write_mutex_);
  Mutex read_mutex_;
  SQLite::Database reader_ TRIMTAB_GUARDED_BY(read_mutex_);
};

}  // namespace trimtab
