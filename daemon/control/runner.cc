// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/runner.h"

#include <algorithm>
#include <list>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/control/publish.h"

namespace trimtab::control {
namespace {

// The loop goes round at least this often, so that readers see time pass and a
// hung loop is told from an idle one.
constexpr Duration kHeartbeat = std::chrono::seconds(1);

absl::Status TooBusy() {
  return absl::UnavailableError("the daemon is ending or has too much to do");
}

}  // namespace

// Kept alive by the handles too: a handle may outlive the runner.
struct Runner::Listeners {
  Mutex mutex;
  std::list<std::function<void()>> callbacks TRIMTAB_GUARDED_BY(mutex);

  void CallAll() TRIMTAB_EXCLUDES(mutex) {
    const MutexLock lock(mutex);
    for (const auto& callback : callbacks) callback();
  }
};

Runner::Runner(HostLink& link, TrialStore& store, Journal& journal, Clock& clock,
               TuningPolicy policy, std::string host_address)
    : link_(link),
      store_(store),
      journal_(journal),
      clock_(clock),
      host_address_(std::move(host_address)),
      loop_(link, store, journal, clock, std::move(policy)),
      listeners_(std::make_shared<Listeners>()) {
  Publish();
}

Runner::~Runner() {
  thread_.RequestStop();
  link_.Cancel();
  changed_.NotifyAll();
  thread_.Join();
}

void Runner::Start() {
  thread_ = OwnedThread("control", [this](std::stop_token stop) { Run(std::move(stop)); });
}

void Runner::ShutDown(Duration grace) {
  Post({event::ShutDown{}, {}, {}});
  const MonotonicTime deadline = clock_.Now() + grace;
  {
    const MutexLock lock(mutex_);
    while (!ended_ && clock_.Now() < deadline) clock_.WaitUntil(changed_, mutex_, deadline);
    if (ended_) return;
  }
  journal_.Note(Journal::Level::kWarning,
                "the host did not answer in time; its lease will put it back");
  link_.Cancel();
}

bool Runner::Reload(TuningPolicy policy, TakenUp taken_up, Done done) {
  const Done refused = done;
  if (Post({event::PolicyChanged{}, std::move(done), std::move(policy), std::move(taken_up)})) {
    return true;
  }
  ReloadFailed(trimtab::Message(TooBusy()));
  refused(TooBusy());
  return false;
}

void Runner::ReloadFailed(const std::string& why) {
  journal_.Note(Journal::Level::kError, "the new settings were refused; the old ones stay",
                {{"error", why}});
  {
    const MutexLock lock(mutex_);
    ++failed_reloads_;
    last_reload_ok_ = false;
  }
  changed_.NotifyAll();
}

void Runner::ShowAuditTrouble(std::int64_t failures, std::int64_t lost) {
  const MutexLock lock(mutex_);
  audit_failures_ = failures;
  audit_lost_ = lost;
}

std::shared_ptr<const TunerStatus> Runner::Status() const {
  const MutexLock lock(mutex_);
  return status_;
}

Duration Runner::SinceLastRound() const {
  const MutexLock lock(mutex_);
  return clock_.Now() - last_round_;
}

std::shared_ptr<void> Runner::Listen(std::function<void()> listener) {
  const MutexLock lock(listeners_->mutex);
  const auto place = listeners_->callbacks.insert(listeners_->callbacks.end(), std::move(listener));
  return std::shared_ptr<void>(nullptr, [shared = listeners_, place](void*) {
    const MutexLock inner(shared->mutex);
    shared->callbacks.erase(place);
  });
}

void Runner::Execute(Command command, std::string actor, TakenUp taken_up, Done done) {
  Done refused = done;
  event::Commanded event{std::move(command), std::move(actor), {}};
  if (!Post({std::move(event), std::move(done), {}, std::move(taken_up)})) refused(TooBusy());
}

absl::StatusOr<std::vector<Trial>> Runner::Trials(std::int64_t before_id, int limit) {
  const absl::StatusOr<Study> study = CurrentStudy();
  if (!study.ok()) return study.status();
  return store_.ListTrials(study->id, before_id, limit);
}

absl::StatusOr<std::vector<Decision>> Runner::Decisions(std::int64_t before_id, int limit) {
  const absl::StatusOr<Study> study = CurrentStudy();
  if (!study.ok()) return study.status();
  return store_.ListDecisions(study->id, before_id, limit);
}

absl::StatusOr<Study> Runner::CurrentStudy() {
  const MutexLock lock(mutex_);
  if (!study_) {
    return absl::FailedPreconditionError("there is no study before the host has been reached");
  }
  return *study_;
}

SearchSpace Runner::Space() const {
  const MutexLock lock(mutex_);
  return space_;
}

void Runner::OnWindow(HostWindow window) {
  if (Post({event::WindowClosed{std::move(window)}, {}, {}})) return;
  const MutexLock lock(mutex_);
  ++dropped_windows_;
}

void Runner::OnMalformedWindow(const std::string& reason) {
  Post({event::WindowMalformed{reason}, {}, {}});
}

void Runner::OnStream(const char* call, const absl::Status& status) {
  if (status.ok()) return;
  {
    const MutexLock lock(mutex_);
    ++collector_failures_[call];
  }
  Post({event::StreamBroken{status}, {}, {}});
}

bool Runner::WantsWindows() const {
  const MutexLock lock(mutex_);
  return wants_windows_;
}

bool Runner::Post(Message message) {
  message.posted = clock_.Now();
  {
    const MutexLock lock(mutex_);
    // The end must find its way into a full inbox too.
    const bool urgent = std::holds_alternative<event::ShutDown>(message.event);
    if (ended_ || (inbox_.size() >= kInboxLimit && !urgent)) return false;
    inbox_.push_back(std::move(message));
  }
  changed_.NotifyAll();
  return true;
}

void Runner::Run(std::stop_token stop) {
  Done none;
  Drive(event::Tick{}, none);
  while (!loop_.finished() && !stop.stop_requested()) {
    if (std::optional<Message> message = Next(stop)) Handle(*std::move(message));
    if (!loop_.finished()) Drive(event::Tick{}, none);
  }
  std::deque<Message> left;
  {
    const MutexLock lock(mutex_);
    ended_ = true;
    left.swap(inbox_);
  }
  changed_.NotifyAll();
  for (Message& message : left) {
    if (message.done) message.done(absl::UnavailableError("the daemon is ending"));
  }
}

std::optional<Runner::Message> Runner::Next(const std::stop_token& stop) {
  const MonotonicTime heartbeat = clock_.Now() + kHeartbeat;
  const MonotonicTime deadline =
      std::min(heartbeat, NextWake(loop_.state(), loop_.policy()).value_or(heartbeat));
  const MutexLock lock(mutex_);
  while (inbox_.empty() && !stop.stop_requested() && clock_.Now() < deadline) {
    clock_.WaitUntil(changed_, mutex_, deadline);
  }
  reload_ok_ = last_reload_ok_;
  reload_failures_ = failed_reloads_;
  ++events_;
  const MonotonicTime due = inbox_.empty() ? deadline : inbox_.front().posted;
  delay_ += std::max(Duration::zero(), Duration(clock_.Now() - due));
  if (inbox_.empty()) return std::nullopt;
  Message message = std::move(inbox_.front());
  inbox_.pop_front();
  return message;
}

void Runner::Handle(Message message) {
  if (message.taken_up) message.taken_up();
  if (message.policy) {
    {
      const MutexLock lock(mutex_);
      last_reload_ok_ = reload_ok_ = true;
    }
    loop_.Replace(*std::move(message.policy));
    Publish();
    return message.done(ImportResult{});
  }
  if (auto* commanded = std::get_if<event::Commanded>(&message.event)) {
    if (const auto* rollback = std::get_if<command::Rollback>(&commanded->command)) {
      if (rollback->decision_id != 0) {
        absl::StatusOr<Configuration> target = RollbackTarget(rollback->decision_id);
        if (!target.ok()) {
          message.done(target.status());
          return;
        }
        commanded->rollback_target = *std::move(target);
      }
    }
  }
  Drive(message.event, message.done);
  if (message.done) message.done(absl::InternalError("the command was left without an answer"));
}

void Runner::Drive(const Event& event, Done& done) {
  loop_.Drive(event, [this, &done](const effect::Reply& reply) {
    if (!done) return;
    // Who asked may look at the status at once.
    Publish();
    const Done answer = std::exchange(done, {});
    if (reply.status.ok()) {
      answer(reply.import);
    } else {
      answer(reply.status);
    }
  });
  Publish();
}

absl::StatusOr<Configuration> Runner::RollbackTarget(std::int64_t decision_id) {
  const absl::StatusOr<std::vector<Decision>> found =
      decision_id > 0 ? Decisions(decision_id + 1, 1) : std::vector<Decision>{};
  if (!found.ok()) return found.status();
  if (found->empty() || found->front().id != decision_id) {
    return Error(absl::StatusCode::kNotFound, "there is no decision {}", decision_id);
  }
  const Decision& decision = found->front();
  if (!ChangedFromCommitted(decision.reason)) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "decision {} ({}) did not change from a committed configuration; allowed: one "
                 "that did, such as 'promoted' or 'operator_pin'",
                 decision_id, Name(decision.reason));
  }
  return decision.old_config;
}

void Runner::Publish() {
  auto status = std::make_shared<TunerStatus>(ToStatus(loop_.state(), loop_.policy(), loop_.Now()));
  status->host_address = host_address_;
  status->host_failures_by_call = loop_.performer().host_failures();
  status->store_failures = loop_.performer().store_failures();
  status->suggestion_time = loop_.performer().suggestion_time();
  status->suggestions = loop_.performer().suggestions();
  status->loop_events = events_;
  status->loop_delay = delay_;
  status->reload_ok = reload_ok_;
  status->reload_failures = reload_failures_;
  std::shared_ptr<const TunerStatus> before;
  {
    const MutexLock lock(mutex_);
    for (const auto& [call, count] : collector_failures_) {
      status->host_failures_by_call[call] += count;
    }
    status->audit_failures = audit_failures_;
    status->audit_lost = audit_lost_;
    if (dropped_windows_ > 0) status->windows_refused_by_reason["overflow"] = dropped_windows_;
    before = std::exchange(status_, status);
    study_ = loop_.performer().study();
    space_ = loop_.policy().space;
    last_round_ = clock_.Now();
    wants_windows_ = NeedsWindows(loop_.state());
  }
  if (before && before->state != status->state) {
    journal_.Note(Journal::Level::kInfo, "state changed",
                  {{"from", std::string(Name(before->state))},
                   {"to", std::string(Name(status->state))},
                   {"reason", status->reason}});
  }
  listeners_->CallAll();
}

}  // namespace trimtab::control
