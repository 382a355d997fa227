// SPDX-License-Identifier: Apache-2.0
#include "client/host/config_controller.h"

#include <algorithm>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab::host {
namespace {

OutcomeKind ToOutcome(Judgement::Kind kind) {
  switch (kind) {
    case Judgement::Kind::kAccepted:
      return OutcomeKind::kApplied;
    case Judgement::Kind::kClamped:
      return OutcomeKind::kClamped;
    case Judgement::Kind::kRestartNeeded:
      return OutcomeKind::kRestartNeeded;
    case Judgement::Kind::kRejected:
      break;
  }
  return OutcomeKind::kRejected;
}

// The outcomes say what is in force, whatever was hoped for.
void ReadBack(const Values& in_force, std::vector<ParameterOutcome>* outcomes) {
  for (ParameterOutcome& outcome : *outcomes) {
    const auto found = in_force.find(outcome.name);
    if (found != in_force.end()) outcome.in_force = found->second;
  }
}

}  // namespace

ConfigController::ConfigController(const Registry& registry, Clock& clock, Duration max_lease,
                                   Hooks hooks)
    : registry_(registry),
      clock_(clock),
      max_lease_(max_lease),
      hooks_(std::move(hooks)),
      state_(registry.Initial()),
      announced_(state_.generation()) {}

void ConfigController::Start() {
  thread_ = OwnedThread("tt-lease", [this](std::stop_token stop) { WatchLease(std::move(stop)); });
}

void ConfigController::Stop() {
  if (!thread_.Joinable()) return;
  thread_.RequestStop();
  {
    // The thread reads its stop token under this mutex: no wake is lost.
    MutexLock lock(mutex_);
    lease_changed_.NotifyAll();
  }
  thread_.Join();
  MutexLock changes(changes_);
  Return();
}

void ConfigController::WatchLease(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      MutexLock lock(mutex_);
      while (!stop.stop_requested() && !state_.ReturnDue(clock_.Now())) {
        if (const auto end = state_.lease_end()) {
          clock_.WaitUntil(lease_changed_, mutex_, *end);
        } else {
          lease_changed_.Wait(mutex_);
        }
      }
    }
    if (stop.stop_requested()) return;
    MutexLock changes(changes_);
    ReturnIfDue();
  }
}

void ConfigController::ReturnIfDue() {
  bool due = false;
  {
    MutexLock lock(mutex_);
    due = state_.ReturnDue(clock_.Now());
  }
  if (due) Return();
}

void ConfigController::Return() {
  Values from;
  Values committed;
  {
    MutexLock lock(mutex_);
    from = state_.values();
    committed = state_.committed();
  }
  if (from == committed) return;
  const Registry::Switched switched = registry_.Switch(from, committed, /*undo=*/false);
  {
    MutexLock lock(mutex_);
    state_.Returned(switched.in_force, clock_.Now());
    Announce();
  }
  Log(switched.status.ok()
          ? "the lease ran out or the host stops: back on the committed configuration"
          : "going back to the committed configuration failed, to be tried again: " +
                Message(switched.status));
}

absl::Status ConfigController::Admit(const std::string& tuner_id, std::int64_t generation) {
  if (tuner_id.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "tuner_id must not be empty");
  }
  // The thread may not have come round to a lease that is over already.
  ReturnIfDue();
  MutexLock lock(mutex_);
  return state_.Admit(tuner_id, generation, clock_.Now());
}

absl::StatusOr<ApplyResult> ConfigController::Apply(const ApplyCall& call) {
  MutexLock changes(changes_);
  if (call.lease < Duration::zero()) {
    return Error(absl::StatusCode::kInvalidArgument, "lease must not be negative");
  }
  if (auto status = Admit(call.tuner_id, call.expected_generation); !status.ok()) return status;
  ApplyResult result;
  Values wanted;
  const Values present = InForce();
  result.applied = JudgeAll(call.values, present, &result, &wanted);
  if (call.dry_run) {
    if (result.applied) ReadBack(wanted, &result.outcomes);
  } else if (result.applied) {
    Perform(call, wanted, &result);
  } else {
    Log(fmt::format("refused tuner '{}': {}", call.tuner_id, call.reason));
  }
  result.view = View();
  return result;
}

bool ConfigController::JudgeAll(const Values& requested, const Values& present, ApplyResult* result,
                                Values* wanted) const {
  *wanted = present;
  bool accepted = true;
  for (const auto& [name, value] : requested) {
    ParameterOutcome outcome{name, OutcomeKind::kIgnored, value, std::nullopt,
                             "the host has no such parameter"};
    if (const Parameter* parameter = registry_.Find(name)) {
      const Value& now = present.at(name);
      const Judgement judgement = Judge(*parameter, value, now);
      outcome.kind = ToOutcome(judgement.kind);
      outcome.in_force = now;
      outcome.message = judgement.message;
      (*wanted)[name] = judgement.value;
      accepted = accepted && outcome.kind != OutcomeKind::kRejected;
    }
    result->outcomes.push_back(std::move(outcome));
  }
  return accepted;
}

void ConfigController::Perform(const ApplyCall& call, const Values& wanted, ApplyResult* result) {
  const Registry::Switched switched = registry_.Switch(InForce(), wanted, /*undo=*/true);
  if (switched.status.ok()) {
    MutexLock lock(mutex_);
    state_.Replace(wanted, call.tuner_id, std::min(call.lease, max_lease_), clock_.Now());
    Announce();
  } else {
    result->applied = false;
    for (ParameterOutcome& outcome : result->outcomes) {
      if (outcome.name != switched.failed) continue;
      outcome.kind = OutcomeKind::kRejected;
      outcome.message = Message(switched.status);
    }
    Recover(switched.in_force);
  }
  ReadBack(InForce(), &result->outcomes);
  Log(fmt::format("{} tuner '{}': {}", result->applied ? "applied for" : "could not apply for",
                  call.tuner_id, call.reason));
}

void ConfigController::Recover(const Values& in_force) {
  MutexLock lock(mutex_);
  if (in_force == state_.values()) return;
  state_.Returned(in_force, clock_.Now());
  Announce();
}

absl::StatusOr<ConfigView> ConfigController::Renew(const std::string& tuner_id,
                                                   std::int64_t generation, Duration lease) {
  MutexLock changes(changes_);
  if (lease <= Duration::zero()) {
    return Error(absl::StatusCode::kInvalidArgument, "lease must be positive");
  }
  if (auto status = Admit(tuner_id, generation); !status.ok()) return status;
  MutexLock lock(mutex_);
  const MonotonicTime now = clock_.Now();
  state_.Renew(tuner_id, std::min(lease, max_lease_), now);
  lease_changed_.NotifyAll();
  return state_.View(now);
}

absl::StatusOr<ConfigView> ConfigController::Commit(const std::string& tuner_id,
                                                    std::int64_t generation) {
  MutexLock changes(changes_);
  if (auto status = Admit(tuner_id, generation); !status.ok()) return status;
  MutexLock lock(mutex_);
  state_.Commit();
  lease_changed_.NotifyAll();
  return state_.View(clock_.Now());
}

absl::Status ConfigController::Edit(const Values& values) {
  MutexLock changes(changes_);
  Values wanted;
  Values present;
  {
    MutexLock lock(mutex_);
    wanted = state_.committed();
    present = state_.values();
  }
  for (const auto& [name, value] : values) {
    const Parameter* parameter = registry_.Find(name);
    if (parameter == nullptr) {
      return Error(absl::StatusCode::kInvalidArgument, "{}: no such parameter", name);
    }
    const Judgement judgement = Judge(*parameter, value, present.at(name));
    if (judgement.kind != Judgement::Kind::kAccepted) {
      return Error(absl::StatusCode::kInvalidArgument, "{}: {}", name, judgement.message);
    }
    wanted[name] = judgement.value;
  }
  const Registry::Switched switched = registry_.Switch(present, wanted, /*undo=*/true);
  if (!switched.status.ok()) {
    Recover(switched.in_force);
    return switched.status;
  }
  MutexLock lock(mutex_);
  state_.Edit(std::move(wanted));
  Announce();
  return absl::OkStatus();
}

ConfigView ConfigController::View() const {
  MutexLock lock(mutex_);
  return state_.View(clock_.Now());
}

void ConfigController::Announce() {
  if (state_.generation() != announced_) {
    announced_ = state_.generation();
    if (hooks_.on_generation) hooks_.on_generation(announced_);
  }
  lease_changed_.NotifyAll();
}

Values ConfigController::InForce() const {
  MutexLock lock(mutex_);
  return state_.values();
}

void ConfigController::Log(const std::string& line) const {
  if (hooks_.log) hooks_.log(line);
}

}  // namespace trimtab::host
