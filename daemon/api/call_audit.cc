// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/call_audit.h"

#include <google/protobuf/text_format.h>

#include <utility>

#include "daemon/base/error.h"

namespace trimtab {
namespace {

constexpr std::int64_t kLongestField = 500;

}  // namespace

AuditedCall CallAudit::Begin(const Caller& caller, std::string peer, std::string name,
                             std::string request) const {
  AuditedCall call;
  AuditEntry& entry = call.entry;
  entry.caller = caller.name;
  entry.role = Name(caller.role);
  entry.peer = std::move(peer);
  entry.call = std::move(name);
  entry.request = std::move(request);
  entry.before = entry.after = Audited(*control_.Status());
  return call;
}

void CallAudit::TakenUp(AuditedCall& call) const {
  call.entry.before = call.entry.after = Audited(*control_.Status());
  call.taken_up = true;
}

void CallAudit::End(AuditedCall call, const absl::Status& outcome,
                    std::function<void()> recorded) const {
  if (auditor_ == nullptr) return recorded();
  if (call.taken_up) call.entry.after = Audited(*control_.Status());
  call.entry.outcome = outcome.code();
  call.entry.message = Message(outcome);
  auditor_->Record(std::move(call.entry), std::move(recorded));
}

void CallAudit::Refused(const Caller& caller, std::string peer, std::string_view path,
                        const absl::Status& why) const {
  if (auditor_ == nullptr) return;
  End(Begin(caller, std::move(peer), std::string(path.substr(path.rfind('/') + 1)), ""), why,
      [] {});
}

std::string InWords(const google::protobuf::Message& request) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetHideUnknownFields(true);
  printer.SetTruncateStringFieldLongerThan(kLongestField);
  std::string text;
  printer.PrintToString(request, &text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace trimtab
