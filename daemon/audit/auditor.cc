// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/auditor.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/base/utf8.h"

namespace trimtab {
namespace {

constexpr std::size_t kLongestText = 1000;
// Kinds of refusals a second that are told apart; callers are few, unless an
// authority has signed very many names.
constexpr std::size_t kMaxKinds = 500;
constexpr Duration kTrimInterval = std::chrono::hours(1);

void Cut(std::string& text) {
  if (text.size() <= kLongestText) return;
  // Cut in the middle of a letter, it is mended.
  text = ToUtf8(std::string_view(text).substr(0, kLongestText)) + "...";
}

// "tls" of "tls 192.0.2.1:41234".
std::string Transport(const std::string& peer) { return peer.substr(0, peer.find(' ')); }

}  // namespace

Auditor::Auditor(AuditLog& log, Journal& journal, Clock& clock, const AuditRetention& retention)
    : log_(log), journal_(journal), clock_(clock), retention_(retention), trim_at_(clock.Now()) {
  thread_ = OwnedThread("audit", [this](const std::stop_token&) { Run(); });
}

Auditor::~Auditor() {
  {
    const MutexLock lock(mutex_);
    inbox_.ending = true;
  }
  changed_.NotifyAll();
  thread_.Join();
}

void Auditor::Record(AuditEntry entry, std::function<void()> recorded) {
  entry.made_at = clock_.WallNow();
  Cut(entry.request);
  Cut(entry.message);
  if (IsRefusal(entry)) {
    Refuse(std::move(entry));
    if (recorded) recorded();
    return;
  }
  {
    const MutexLock lock(mutex_);
    inbox_.entries.push_back(std::move(entry));
    if (recorded) inbox_.recorded.push_back(std::move(recorded));
  }
  changed_.NotifyAll();
}

void Auditor::Refuse(AuditEntry entry) {
  Kind kind(entry.caller, Transport(entry.peer), entry.call, entry.outcome);
  {
    const MutexLock lock(mutex_);
    const auto same = inbox_.refusals.find(kind);
    if (same != inbox_.refusals.end()) {
      same->second.count += entry.count;
      return;
    }
    if (inbox_.refusals.size() >= kMaxKinds) {
      inbox_.lost += entry.count;
      return;
    }
    const bool first = inbox_.refusals.empty();
    if (first) inbox_.refused_at = clock_.Now();
    inbox_.refusals.emplace(std::move(kind), std::move(entry));
    if (!first) return;
  }
  changed_.NotifyAll();
}

void Auditor::List(std::int64_t before_id, int limit, Listed done) {
  {
    const MutexLock lock(mutex_);
    inbox_.requests.push_back({before_id, limit, std::move(done)});
  }
  changed_.NotifyAll();
}

Auditor::Trouble Auditor::trouble() const {
  const MutexLock lock(mutex_);
  return shown_;
}

void Auditor::Run() {
  bool ending = false;
  while (!ending) {
    Inbox inbox = Next();
    ending = inbox.ending;
    Work(std::move(inbox));
  }
  if (backlog_.empty()) return;
  for (const AuditEntry& each : backlog_) trouble_.lost += each.count;
  journal_.Note(Journal::Level::kError, "the audit log could not be written to the end",
                {{"lost", std::to_string(trouble_.lost)}});
}

Auditor::Inbox Auditor::Next() {
  MonotonicTime quiet_until = trim_at_;
  if (failing_) quiet_until = retry_at_;
  const MutexLock lock(mutex_);
  while (inbox_.entries.empty() && inbox_.requests.empty() && !inbox_.ending) {
    const MonotonicTime due = inbox_.refusals.empty()
                                  ? quiet_until
                                  : std::min(quiet_until, inbox_.refused_at + kRefusalsWait);
    if (clock_.Now() >= due) break;
    clock_.WaitUntil(changed_, mutex_, due);
  }
  return std::exchange(inbox_, {});
}

void Auditor::Work(Inbox inbox) {
  for (auto& [kind, entry] : inbox.refusals) inbox.entries.push_back(std::move(entry));
  std::stable_sort(inbox.entries.begin(), inbox.entries.end(),
                   [](const AuditEntry& a, const AuditEntry& b) { return a.made_at < b.made_at; });
  for (AuditEntry& each : inbox.entries) {
    Tell(each);
    backlog_.push_back(std::move(each));
  }
  trouble_.lost += inbox.lost;
  const MonotonicTime now = clock_.Now();
  const bool due = now >= trim_at_ || !backlog_.empty();
  if (due && (!failing_ || now >= retry_at_ || inbox.ending)) Write();
  Shorten();
  {
    const MutexLock lock(mutex_);
    shown_ = trouble_;
  }
  for (const auto& recorded : inbox.recorded) recorded();
  for (Request& each : inbox.requests) each.done(log_.ListAudit(each.before_id, each.limit));
}

void Auditor::Write() {
  const absl::Status written = log_.AppendAudit(backlog_, retention_, clock_.WallNow());
  if (written.ok()) {
    backlog_.clear();
    trim_at_ = clock_.Now() + kTrimInterval;
    if (std::exchange(failing_, false)) {
      journal_.Note(Journal::Level::kInfo, "the audit log is written again",
                    {{"lost", std::to_string(trouble_.lost)}});
    }
    return;
  }
  ++trouble_.failures;
  retry_at_ = clock_.Now() + kRetry;
  if (!std::exchange(failing_, true)) {
    journal_.Note(Journal::Level::kError, "the audit log can't be written",
                  {{"why", Message(written)}});
  }
}

void Auditor::Tell(const AuditEntry& entry) {
  Journal::Fields fields = {{"call", entry.call}, {"caller", entry.caller}, {"peer", entry.peer}};
  const auto add = [&fields](const char* name, const std::string& text) {
    if (!text.empty()) fields.emplace_back(name, text);
  };
  add("role", entry.role);
  add("request", entry.request);
  fields.emplace_back("outcome", absl::StatusCodeToString(entry.outcome));
  add("message", entry.message);
  if (entry.count > 1) fields.emplace_back("count", std::to_string(entry.count));
  journal_.Note(IsRefusal(entry) ? Journal::Level::kWarning : Journal::Level::kInfo, "call",
                fields);
}

void Auditor::Shorten() {
  const auto drop = [this](const auto& may_go) {
    std::size_t excess = backlog_.size() - std::min(backlog_.size(), kBacklog);
    std::vector<AuditEntry> kept;
    for (AuditEntry& each : backlog_) {
      if (excess > 0 && may_go(each)) {
        --excess;
        trouble_.lost += each.count;
      } else {
        kept.push_back(std::move(each));
      }
    }
    backlog_ = std::move(kept);
  };
  if (backlog_.size() <= kBacklog) return;
  drop(IsRefusal);
  drop([](const AuditEntry&) { return true; });
}

}  // namespace trimtab
