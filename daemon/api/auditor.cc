// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/auditor.h"

#include <google/protobuf/text_format.h>

#include <utility>

#include "daemon/base/error.h"
#include "daemon/base/utf8.h"

namespace trimtab {
namespace {

constexpr std::size_t kLongestText = 1000;
constexpr int kRefusalsPerSecond = 1;

std::string Cut(const std::string& text) {
  // Cut in the middle of a letter, it is mended.
  return text.size() <= kLongestText ? text : ToUtf8(text.substr(0, kLongestText)) + "...";
}

}  // namespace

Auditor::Auditor(AuditLog* log, Journal* journal, TunerControl& control, Clock& clock)
    : log_(log),
      journal_(journal),
      control_(control),
      clock_(clock),
      refusals_(kRefusalsPerSecond, clock) {}

AuditEntry Auditor::Begin(const Caller& caller, std::string call, std::string request) const {
  AuditEntry entry;
  entry.caller = caller.name;
  entry.role = Name(caller.role);
  entry.call = std::move(call);
  entry.request = std::move(request);
  const std::shared_ptr<const TunerStatus> status = control_.Status();
  entry.state_before = Name(status->state);
  entry.config_before = status->config_in_force;
  return entry;
}

void Auditor::End(AuditEntry entry, const absl::Status& outcome) {
  const std::shared_ptr<const TunerStatus> status = control_.Status();
  entry.made_at = clock_.WallNow();
  entry.state_after = Name(status->state);
  entry.config_after = status->config_in_force;
  entry.outcome = absl::StatusCodeToString(outcome.code());
  entry.message = Cut(Message(outcome));
  Write(entry);
}

void Auditor::Refused(const Caller& caller, std::string_view path, const absl::Status& why) {
  if (!refusals_.Take(caller.name)) return;
  AuditEntry entry = Begin(caller, std::string(path.substr(path.rfind('/') + 1)), "");
  entry.admitted = false;
  End(std::move(entry), why);
}

void Auditor::Write(const AuditEntry& entry) {
  absl::Status written;
  if (log_ != nullptr) written = log_->AppendAudit(entry);
  if (journal_ == nullptr) return;
  if (!written.ok()) {
    journal_->Note(Journal::Level::kError, "the audit log can't be written",
                   {{"why", Message(written)}});
  }
  journal_->Note(entry.admitted ? Journal::Level::kInfo : Journal::Level::kWarning, "call",
                 {{"caller", entry.caller},
                  {"role", entry.role},
                  {"call", entry.call},
                  {"request", entry.request},
                  {"outcome", entry.outcome},
                  {"message", entry.message}});
}

std::string InWords(const google::protobuf::Message& request) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(request, &text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return Cut(text);
}

}  // namespace trimtab
