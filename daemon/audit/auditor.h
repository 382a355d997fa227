// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"
#include "daemon/ports/audit_log.h"
#include "daemon/ports/journal.h"

namespace trimtab {

// Brings calls to the audit log and to the journal. One thread writes all that came
// meanwhile at once, so that nobody else waits for the disk. Refusals of one kind
// (caller, transport, call, outcome) within a second are one entry with their
// count: a flood of them costs one write a second and bounded memory.
//
// A log that can't be written holds up no command, for a full disk must not keep an
// operator from stopping: it is told in the journal and counted, tried again every
// five seconds, and kBacklog entries wait for it, refusals giving way first. What is
// beyond is lost, and counted. Thread-safe.
class Auditor {
 public:
  static constexpr std::size_t kBacklog = 1000;
  static constexpr Duration kRefusalsWait = std::chrono::seconds(1);
  static constexpr Duration kRetry = std::chrono::seconds(5);

  // Since the daemon started.
  struct Trouble {
    // Writes that failed.
    std::int64_t failures = 0;
    // Calls that neither were written nor will be.
    std::int64_t lost = 0;
  };

  // All must outlive this.
  Auditor(AuditLog& log, Journal& journal, Clock& clock, const AuditRetention& retention);
  // Writes what is left.
  ~Auditor();

  // Takes a call that has ended just now; long texts are cut. `recorded`, if given, is called
  // once: at once for a refusal, on this one's thread for others, when the entry is
  // durable or could not be made so.
  void Record(AuditEntry entry, std::function<void()> recorded);

  // As AuditLog::ListAudit(), with all that was recorded before it; `done` is called
  // once, on this one's thread.
  using Listed = std::function<void(absl::StatusOr<std::vector<AuditEntry>>)>;
  void List(std::int64_t before_id, int limit, Listed done);

  Trouble trouble() const;

 private:
  // Caller, transport, call, outcome.
  using Kind = std::tuple<std::string, std::string, std::string, absl::StatusCode>;
  struct Request {
    std::int64_t before_id;
    int limit;
    Listed done;
  };
  // What came and was not looked at yet.
  struct Inbox {
    std::vector<AuditEntry> entries;
    std::vector<std::function<void()>> recorded;
    std::map<Kind, AuditEntry> refusals;
    // When the first of them came.
    MonotonicTime refused_at = {};
    std::int64_t lost = 0;
    std::vector<Request> requests;
    bool ending = false;
  };

  void Refuse(AuditEntry entry);
  void Run();
  // Waits until there is something to do.
  Inbox Next();
  void Work(Inbox inbox);
  void Write();
  void Tell(const AuditEntry& entry);
  // Of what waits, to what may wait.
  void Shorten();

  AuditLog& log_;
  Journal& journal_;
  Clock& clock_;
  const AuditRetention retention_;

  // Of the thread.
  std::vector<AuditEntry> backlog_;
  bool failing_ = false;
  MonotonicTime retry_at_ = {};
  // Old entries go even when none comes.
  MonotonicTime trim_at_ = {};
  Trouble trouble_;

  mutable Mutex mutex_;
  CondVar changed_;
  Inbox inbox_ TRIMTAB_GUARDED_BY(mutex_);
  Trouble shown_ TRIMTAB_GUARDED_BY(mutex_);
  OwnedThread thread_;
};

}  // namespace trimtab
