// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "daemon/control/step.h"

namespace trimtab::control {
namespace {

constexpr Duration kHour = std::chrono::hours(1);

template <typename S>
auto* SegmentOf(S& state) {
  using Result = decltype(&std::get<phase::Baseline>(state.phase).segment);
  if (auto* baseline = std::get_if<phase::Baseline>(&state.phase)) return &baseline->segment;
  if (auto* validating = std::get_if<phase::Validating>(&state.phase)) return &validating->segment;
  if (auto* exploring = std::get_if<phase::Exploring>(&state.phase)) {
    if (exploring->segment) return &*exploring->segment;
  }
  return static_cast<Result>(nullptr);
}

void SetWindows(Segment& segment, const TuningPolicy& policy) {
  const MeasurePolicy& measure = policy.measure;
  segment.min_windows = measure.min_windows;
  segment.max_windows = measure.max_windows;
  segment.min_requests = measure.min_requests;
  if (segment.purpose != TrialPurpose::kValidation) return;
  // Halves are of one length, so that their scores compare; the demand for
  // requests shrinks with them.
  segment.min_windows = segment.max_windows = policy.validation.windows_per_half;
  segment.min_requests = std::max<std::int64_t>(
      1, measure.min_requests * policy.validation.windows_per_half / measure.min_windows);
}

// A way back that this step has asked for already serves a segment on the
// committed configuration as well; a second apply would name a generation that
// is gone by then.
bool TurnRestoreIntoTrial(Step& step) {
  for (Effect& effect : step.effects) {
    auto* apply = std::get_if<effect::Apply>(&effect);
    if (apply == nullptr || apply->purpose != ApplyPurpose::kRestore) continue;
    apply->purpose = ApplyPurpose::kTrial;
    return true;
  }
  return false;
}

}  // namespace

bool MayApply(const TuningPolicy& policy) {
  return policy.mode == TuningMode::kApprove || policy.mode == TuningMode::kAuto;
}

Duration Lease(const Step& step) {
  const std::optional<HostView>& host = step.state.host;
  return host ? std::min(step.policy.lease, host->description.max_lease) : step.policy.lease;
}

void RenewLater(Step& step) { step.state.renew_at = step.now.mono + Lease(step) / 3; }

void KeepHold(Step& step) {
  step.state.renew_at.reset();
  if (MayApply(step.policy)) step.state.renew_at = step.now.mono;
}

bool OnLease(const State& state) {
  if (!state.host || HeldByAnother(state)) return false;
  const ConfigState& host = state.host->config;
  return host.lease_remaining && host.config != host.committed;
}

bool HeldByAnother(const State& state) {
  if (!state.host) return false;
  const std::string& holder = state.host->config.holder_tuner_id;
  return !holder.empty() && holder != state.tuner_id;
}

Segment* ActiveSegment(State& state) { return SegmentOf(state); }
const Segment* ActiveSegment(const State& state) { return SegmentOf(state); }

Segment BeginSegment(Step& step, TrialPurpose purpose, const Configuration& config) {
  const ConfigState& host = step.state.host->config;
  Segment segment;
  segment.trial_id = step.state.next_trial_id++;
  segment.purpose = purpose;
  segment.config = config;
  segment.begun = step.now;
  SetWindows(segment, step.policy);
  const bool committed = config == host.committed;
  if (config == host.config && committed && !OnLease(step.state)) {
    BeginSettling(segment, host.config, host.generation, step.now, step.policy.measure);
    return segment;
  }
  if (committed && TurnRestoreIntoTrial(step)) return segment;
  effect::Apply apply;
  apply.purpose = ApplyPurpose::kTrial;
  apply.request.config = config;
  apply.request.expected_generation = host.generation;
  apply.request.lease = Lease(step);
  apply.request.reason =
      std::string("trial ") + std::to_string(segment.trial_id) + ", " + Name(purpose);
  step.Emit(std::move(apply));
  return segment;
}

void ApplyToCommit(Step& step, ApplyPurpose purpose, const Configuration& config,
                   std::string reason, std::optional<Decision> decision) {
  effect::Apply apply;
  apply.purpose = purpose;
  apply.request.config = config;
  apply.request.expected_generation = step.state.host->config.generation;
  apply.request.lease = Lease(step);
  apply.request.reason = std::move(reason);
  apply.decision = std::move(decision);
  step.Emit(std::move(apply));
}

void CountChange(Step& step) {
  const auto cap = static_cast<std::size_t>(step.policy.guard.max_changes_per_hour);
  std::deque<MonotonicTime>& changes = step.state.changes;
  if (cap > 0) changes.push_back(step.now.mono);
  while (changes.size() > cap) changes.pop_front();
}

bool WaitsForChanges(Step& step) {
  const auto cap = static_cast<std::size_t>(step.policy.guard.max_changes_per_hour);
  const std::deque<MonotonicTime>& changes = step.state.changes;
  if (cap == 0 || changes.size() < cap) return false;
  const Duration wait = changes[changes.size() - cap] + kHour - step.now.mono;
  if (wait <= Duration::zero()) return false;
  RestoreCommitted(step, "the host was changed often enough");
  EnterPaused(step,
              fmt::format("the host was changed {} times within an hour, which is the most "
                          "allowed (guard.max_changes_per_hour)",
                          cap),
              wait);
  KeepHold(step);
  return true;
}

void AbortSegment(Step& step, Verdict verdict, const std::string& reason) {
  Segment* segment = ActiveSegment(step.state);
  if (segment == nullptr) return;
  // A baseline that was cut short is measured anew; there is nothing to keep.
  if (segment->purpose != TrialPurpose::kBaseline && segment->stage != Segment::Stage::kApplying) {
    RecordSegment(step, *segment, Read(*segment, step.policy, std::nullopt), {verdict, reason});
  }
  if (auto* exploring = std::get_if<phase::Exploring>(&step.state.phase)) {
    exploring->segment.reset();
  }
}

void RestoreCommitted(Step& step, const std::string& reason) {
  if (!OnLease(step.state) || !MayApply(step.policy)) return;
  // Once in a step: a second one would name a generation that is gone by then.
  const bool asked = std::any_of(step.effects.begin(), step.effects.end(), [](const Effect& each) {
    const auto* apply = std::get_if<effect::Apply>(&each);
    return apply != nullptr && apply->purpose == ApplyPurpose::kRestore;
  });
  if (asked) return;
  effect::Apply apply;
  apply.purpose = ApplyPurpose::kRestore;
  apply.request.config = step.state.host->config.committed;
  apply.request.expected_generation = step.state.host->config.generation;
  apply.request.lease = Lease(step);
  apply.request.reason = reason;
  step.Emit(std::move(apply));
}

bool WaitForLease(Step& step) {
  const ConfigState& host = step.state.host->config;
  if (MayApply(step.policy)) return false;
  if (host.config == host.committed && !host.lease_remaining) return false;
  EnterPaused(step, "an unproven configuration is in force until its lease runs out",
              host.lease_remaining.value_or(step.policy.retry_max));
  return true;
}

void EnterBaseline(Step& step) {
  if (WaitForLease(step)) return;
  KeepHold(step);
  step.state.phase = phase::Baseline{
      BeginSegment(step, TrialPurpose::kBaseline, step.state.host->config.committed), {}};
}

void EnterHolding(Step& step) {
  KeepHold(step);
  WatchIncumbent(step);
  phase::Holding holding;
  holding.since = step.now.mono;
  const Duration probation = step.policy.hold.probation;
  if (step.state.study.previous && probation > Duration::zero()) {
    holding.probation_until = step.now.mono + probation;
  }
  step.state.phase = std::move(holding);
}

void EnterPaused(Step& step, std::string reason, std::optional<Duration> length) {
  step.state.renew_at.reset();
  phase::Paused paused;
  paused.reason = std::move(reason);
  if (length) {
    paused.until = Moment{step.now.mono + *length,
                          step.now.wall + std::chrono::duration_cast<WallTime::duration>(*length)};
  }
  step.state.phase = std::move(paused);
}

void EnterOperatorsPause(Step& step, std::optional<Duration> length) {
  EnterPaused(step, step.state.study.pause_reason, length);
  std::get<phase::Paused>(step.state.phase).operators = true;
}

void EnterFrozen(Step& step, const std::string& reason) {
  const Configuration in_force = step.state.host->config.committed;
  AbortSegment(step, Verdict::kInconclusive, "the incumbent breaches the SLA");
  RestoreCommitted(step, "frozen: " + reason);
  Decide(step, DecisionReason::kFrozen,
         {.explanation = "tuning is frozen: " + reason,
          .old_config = in_force,
          .new_config = in_force});
  KeepHold(step);
  step.state.phase = phase::Frozen{reason, 0};
}

void EnterHostLost(Step& step, const std::string& reason) {
  AbortSegment(step, Verdict::kError, reason);
  step.state.renew_at.reset();
  step.state.latest.reset();
  step.state.phase = phase::HostLost{1, step.now.mono + Backoff(step.policy, 1), reason};
}

void LetGo(Step& step, const std::string& reason) {
  AbortSegment(step, Verdict::kError, reason);
  RestoreCommitted(step, reason);
  step.state.renew_at.reset();
  step.state.phase = phase::Connecting{0, step.now.mono, reason};
}

void Reconnect(Step& step, const std::string& reason) {
  LetGo(step, reason);
  step.Emit(effect::Connect{});
}

void Proceed(Step& step) {
  const Checkpoint& study = step.state.study;
  if (!study.baseline) return EnterBaseline(step);
  if (study.round_open && MayApply(step.policy)) {
    // Whatever was tried before may have left something behind.
    return EnterRecovering(step, "what was before the interruption");
  }
  EnterHolding(step);
}

Duration Backoff(const TuningPolicy& policy, int attempts) {
  Duration wait = policy.retry_initial;
  for (int i = 1; i < attempts && wait < policy.retry_max; ++i) wait *= 2;
  return std::min(wait, policy.retry_max);
}

}  // namespace trimtab::control
