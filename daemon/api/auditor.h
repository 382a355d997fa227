// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "daemon/access/rate_limiter.h"
#include "daemon/access/role.h"
#include "daemon/ports/audit_log.h"
#include "daemon/ports/journal.h"
#include "daemon/ports/tuner_control.h"

namespace trimtab {

// Writes every call that changes something to the audit log, and a line of it to
// the journal. A log that can't be written doesn't hold up a command, for a full
// disk must not keep an operator from stopping; the journal says so. Thread-safe.
class Auditor {
 public:
  // All must outlive this. Without a log or a journal that part is left out.
  Auditor(AuditLog* log, Journal* journal, TunerControl& control, Clock& clock);

  // Before the call is carried out; `request` in words.
  AuditEntry Begin(const Caller& caller, std::string call, std::string request) const;
  // After it. Durable when it returns, unless the journal says otherwise.
  void End(AuditEntry entry, const absl::Status& outcome);
  // A call that was not let in. At most one a second of each caller is written.
  void Refused(const Caller& caller, std::string_view path, const absl::Status& why);

  AuditLog* log() const { return log_; }

 private:
  void Write(const AuditEntry& entry);

  AuditLog* const log_;
  Journal* const journal_;
  TunerControl& control_;
  Clock& clock_;
  RateLimiter refusals_;
};

// A request as one line, cut to a thousand characters.
std::string InWords(const google::protobuf::Message& request);

}  // namespace trimtab
