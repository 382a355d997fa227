// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <string_view>

#include "daemon/access/role.h"
#include "daemon/audit/auditor.h"
#include "daemon/ports/tuner_control.h"

namespace trimtab {

// A call under way and what the audit log will have of it.
struct AuditedCall {
  AuditEntry entry;
  // It got as far as the control loop: what differs after it is its doing.
  bool taken_up = false;
};

// Makes the audit log's entries of calls. Thread-safe.
class CallAudit {
 public:
  // Both must outlive this; without an auditor nothing is recorded.
  CallAudit(Auditor* auditor, TunerControl& control) : auditor_(auditor), control_(control) {}

  // A call that was let in; `request` in words.
  AuditedCall Begin(const Caller& caller, std::string peer, std::string name,
                    std::string request) const;
  // Right before it is carried out: others may have come first.
  void TakenUp(AuditedCall& call) const;
  // After it. `recorded` is called once: at once for a refusal, from a thread of the
  // auditor's for others.
  void End(AuditedCall call, const absl::Status& outcome, std::function<void()> recorded) const;
  // A call that was not let in.
  void Refused(const Caller& caller, std::string peer, std::string_view path,
               const absl::Status& why) const;

  Auditor* auditor() const { return auditor_; }

 private:
  Auditor* const auditor_;
  TunerControl& control_;
};

// A request as one line: its fields, long texts cut. Never a token, which is no
// part of a request.
std::string InWords(const google::protobuf::Message& request);

}  // namespace trimtab
