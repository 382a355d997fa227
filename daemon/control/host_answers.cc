// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "daemon/base/error.h"
#include "daemon/control/host_failure.h"
#include "daemon/control/step.h"

namespace trimtab::control {
namespace {

// What the host did other than asked; empty when nothing.
std::string Deviations(const event::Applied& event) {
  std::string text;
  const auto add = [&text](const std::string& reason) {
    if (!text.empty()) text += "; ";
    text += reason;
  };
  for (const ParameterOutcome& outcome : event.result.outcomes) {
    if (outcome.kind == OutcomeKind::kApplied) continue;
    add(fmt::format("{}: {} {}{}{}", outcome.name, ToString(outcome.requested), Name(outcome.kind),
                    outcome.in_force ? ", in force is " + ToString(*outcome.in_force) : "",
                    outcome.message.empty() ? "" : " (" + outcome.message + ")"));
  }
  if (!text.empty() || !event.result.applied) {
    return text.empty() ? "the host refused the configuration without saying why" : text;
  }
  const Configuration read_back = event.result.state.config.RestrictedTo(event.request.config);
  if (read_back != event.request.config) {
    add("reads back differently: " + DescribeChange(event.request.config, read_back));
  }
  return text;
}

// What isn't proven may still be in force: it ends with its lease, which is not
// renewed, and then the host is looked at again.
void RestoreFailed(Step& step, const std::string& why) {
  const std::string reason = "the host did not go back, its lease will: " + why;
  step.Note(Journal::Level::kError, reason);
  AbortSegment(step, Verdict::kError, reason);
  EnterPaused(step, reason, std::max(Lease(step), step.policy.retry_initial));
}

// The committed configuration was applied again, under a lease, which falls away
// once the host has been seen to take it: one that clamps it now must not be
// left committed to what nobody proved.
void WentBackAsAsked(Step& step, const event::Applied& event, const std::string& deviations) {
  if (!deviations.empty()) return RestoreFailed(step, deviations);
  step.Emit(effect::Commit{ApplyPurpose::kRestore, step.state.host->config.generation,
                           event.request.reason});
}

// `committed`: what was so before.
void TrialApplied(Step& step, const event::Applied& event, const Configuration& committed) {
  Segment* segment = ActiveSegment(step.state);
  const bool awaited = segment != nullptr && segment->stage == Segment::Stage::kApplying &&
                       segment->config == event.request.config;
  if (!awaited) return RestoreCommitted(step, "the trial was given up before it began");
  const ConfigState& host = step.state.host->config;
  BeginSettling(*segment, host.config, host.generation, step.now, step.policy.measure);
  RenewLater(step);
  const std::string deviations = Deviations(event);
  if (event.request.config == committed) return WentBackAsAsked(step, event, deviations);
  if (deviations.empty()) return;
  EndSegment(step, Read(*segment, step.policy, std::nullopt),
             {Verdict::kFailed, "the host did not take the configuration: " + deviations});
}

// What the host took as asked is committed.
void CommitApplied(Step& step, const event::Applied& event) {
  step.Emit(effect::Commit{event.purpose, step.state.host->config.generation, event.request.reason,
                           event.decision});
}

void PromotionApplied(Step& step, const event::Applied& event) {
  if (!std::holds_alternative<phase::Promoting>(step.state.phase)) {
    return RestoreCommitted(step, "the promotion was given up before it began");
  }
  const std::string deviations = Deviations(event);
  if (deviations.empty()) return CommitApplied(step, event);
  FailPromotion(step, absl::StatusCode::kInvalidArgument, deviations);
}

void PinApplied(Step& step, const event::Applied& event) {
  const std::string deviations = Deviations(event);
  if (deviations.empty()) return CommitApplied(step, event);
  step.Reply(absl::InvalidArgumentError("the host did not take the configuration: " + deviations));
  // What a clamping host made of the pin is not what was asked for.
  RestoreCommitted(step, "the pin was not taken as asked");
}

void ReapplyApplied(Step& step, const event::Applied& event) {
  const std::string deviations = Deviations(event);
  if (deviations.empty()) return CommitApplied(step, event);
  const std::string reason = "the proven configuration could not be applied: " + deviations;
  RestoreCommitted(step, reason);
  EnterPaused(step, reason, step.policy.retry_max);
}

void RollbackApplied(Step& step, const event::Applied& event) {
  const std::string deviations = Deviations(event);
  if (deviations.empty()) return CommitApplied(step, event);
  const std::string reason = "the host did not go back as asked: " + deviations;
  step.Note(Journal::Level::kError, reason);
  step.Reply(absl::InvalidArgumentError(reason));
  // What was decided on can't be had; the host stays where it was.
  step.Emit(effect::ForgetIntent{});
  RestoreCommitted(step, reason);
  EnterPaused(step, reason, step.policy.retry_max);
}

void FinishPin(Step& step, const std::string& reason) {
  TakePinned(step, "pinned by an operator: " + reason);
  SaveCheckpoint(step);
  EnterOperatorsPause(step, std::nullopt);
  step.Reply(absl::OkStatus());
}

// The same as before, after a race with somebody else's change or a lease that
// ran out; the configuration has been read anew.
void TryAgain(Step& step, const std::string& reason) {
  Phase& phase = step.state.phase;
  if (std::holds_alternative<phase::Exploring>(phase)) {
    AbortSegment(step, Verdict::kError, reason);
    return NextExploration(step);
  }
  if (std::holds_alternative<phase::Validating>(phase)) return RepeatHalf(step, reason);
  if (std::holds_alternative<phase::Promoting>(phase)) return ApplyPromotion(step);
  if (std::holds_alternative<phase::Baseline>(phase)) return EnterBaseline(step);
  // Whatever was to be done is told by what is stored.
  if (std::holds_alternative<phase::Connecting>(phase) ||
      std::holds_alternative<phase::Holding>(phase) ||
      std::holds_alternative<phase::Frozen>(phase) ||
      std::holds_alternative<phase::Recovering>(phase)) {
    step.Emit(effect::Connect{});
  }
}

// Whether the host went back to its committed configuration by itself, a lease
// having run out: nobody has edited anything then.
bool WentBack(const HostView& before, const ConfigState& now) {
  if (!before.config.lease_remaining || now.lease_remaining) return false;
  if (now.config != before.config.committed || now.committed != before.config.committed) {
    return false;
  }
  return !before.committed_by || *before.committed_by == now.setter();
}

// The host refuses changes of the very generation that it reports: nothing can
// be tried on it at present.
void GiveUpRace(Step& step) {
  const std::string reason = "the host refuses a change of the generation that it reports";
  if (std::holds_alternative<phase::Promoting>(step.state.phase)) {
    step.Reply(absl::AbortedError(reason));
  }
  AbortSegment(step, Verdict::kError, reason);
  EnterPaused(step, reason, step.policy.retry_max);
}

}  // namespace

void TakePinned(Step& step, const std::string& reason) {
  State& state = step.state;
  ScoredConfiguration pinned;
  pinned.config = state.host->config.committed;
  state.study.previous.reset();
  state.study.incumbent = std::move(pinned);
  state.study.ForgetGain();
  state.study.Pause(reason);
  state.study.pinned = true;
  state.study.round_open = false;
  ForgetRoundEnd(state);
}

void OnApplied(Step& step, const event::Applied& event) {
  if (!step.state.host) return;
  const Configuration committed = step.state.host->config.committed;
  step.state.host->Take(event.result.state);
  if (event.result.applied) CountChange(step);
  switch (event.purpose) {
    case ApplyPurpose::kTrial:
      return TrialApplied(step, event, committed);
    case ApplyPurpose::kPromote:
      return PromotionApplied(step, event);
    case ApplyPurpose::kPin:
      return PinApplied(step, event);
    case ApplyPurpose::kRollback:
      return RollbackApplied(step, event);
    case ApplyPurpose::kReapply:
      return ReapplyApplied(step, event);
    case ApplyPurpose::kRestore:
      return WentBackAsAsked(step, event, Deviations(event));
  }
}

void OnApplyFailed(Step& step, const event::ApplyFailed& event) {
  const std::string message = Message(event.status);
  const bool promotion = event.purpose == ApplyPurpose::kPromote;
  const bool command =
      event.purpose == ApplyPurpose::kPin || event.purpose == ApplyPurpose::kRollback;
  if (command) {
    step.Reply(event.status);
  }
  if (absl::IsAborted(event.status)) {
    step.Emit(effect::ReadConfig{.raced = true});
    return;
  }
  if (promotion && std::holds_alternative<phase::Promoting>(step.state.phase)) {
    RecordFailedPromotion(step, event.status.code(), message);
  }
  if (IsTransport(event.status)) {
    return EnterHostLost(step, "the host doesn't answer: " + message);
  }
  if (absl::IsFailedPrecondition(event.status)) {
    AbortSegment(step, Verdict::kError, "another tuner holds the host: " + message);
    return EnterPaused(step, "another tuner holds the host: " + message, step.policy.retry_max);
  }
  Segment* segment = ActiveSegment(step.state);
  if (event.purpose == ApplyPurpose::kTrial && segment != nullptr) {
    return EndSegment(step, Read(*segment, step.policy, std::nullopt),
                      {Verdict::kFailed, "the host refused the configuration: " + message});
  }
  // Not twice: what refuses the way back is left to its lease.
  if (event.purpose == ApplyPurpose::kRestore) return RestoreFailed(step, message);
  RestoreCommitted(step, "the host refused a change");
  EnterPaused(step, "the host refused a change: " + message, step.policy.retry_max);
}

void OnRenewed(Step& step, const ConfigState& config) {
  if (!step.state.host) return;
  step.state.host->Take(config);
  if (step.state.renew_at) RenewLater(step);
}

void OnRenewFailed(Step& step, const absl::Status& status) {
  if (!step.state.host) return;
  step.state.renew_at = step.now.mono + Lease(step) / 6;
  if (absl::IsFailedPrecondition(status)) {
    AbortSegment(step, Verdict::kError, "another tuner holds the host: " + Message(status));
    return EnterPaused(step, "another tuner holds the host: " + Message(status),
                       step.policy.retry_max);
  }
  // The lease ran out, somebody changed the configuration, or the host is gone:
  // reading the configuration tells which.
  step.Emit(effect::ReadConfig{});
}

void OnCommitted(Step& step, const event::Committed& event) {
  if (!step.state.host) return;
  step.state.host->Take(event.config);
  if (event.decision) Decide(step, event.decision->reason, *event.decision);
  switch (event.purpose) {
    case ApplyPurpose::kPin:
      return FinishPin(step, event.reason);
    case ApplyPurpose::kRollback:
      FinishRollback(step, event.config.committed);
      // One that had been interrupted: the study goes on from here.
      if (!std::holds_alternative<phase::Connecting>(step.state.phase)) return;
      step.Emit(effect::Connect{});
      return;
    case ApplyPurpose::kReapply:
      // The same checks, now on the proven configuration.
      step.Emit(effect::Connect{});
      return;
    case ApplyPurpose::kPromote:
      if (std::holds_alternative<phase::Promoting>(step.state.phase)) FinishPromotion(step);
      return;
    case ApplyPurpose::kTrial:
    case ApplyPurpose::kRestore:
      return;
  }
}

void OnConfigRead(Step& step, const event::ConfigRead& event) {
  const ConfigState& config = event.config;
  State& state = step.state;
  if (!state.host) return;
  if (config.boot_id != state.host->description.boot_id) {
    // With its process the host's lease is gone too.
    state.host->Take(config);
    return Reconnect(step, "the host restarted");
  }
  const ConfigState before = state.host->config;
  if (config.generation == before.generation) {
    state.host->Take(config);
    if (event.raced) GiveUpRace(step);
    return;
  }
  const bool expired = WentBack(*state.host, config);
  const bool ours = config.setter() == ConfigSetter{ConfigSource::kTuner, state.tuner_id};
  state.host->Take(config);
  if (!expired && !ours) {
    const Configuration expected =
        state.study.incumbent ? state.study.incumbent->config : before.committed;
    return YieldToEdit(step, expected);
  }
  TryAgain(step, expired ? "the lease ran out before it was renewed"
                         : "the configuration had changed meanwhile");
}

void OnStoreFailed(Step& step, const event::StoreFailed& event) {
  const std::string reason = "the store failed: " + Message(event.status);
  if (event.prevented) {
    step.Reply(Error(event.status.code(), "nothing was changed, because {}", reason));
  }
  // Paused for the same reason already: the records that follow each other into
  // a full disk are one failure.
  if (const auto* paused = std::get_if<phase::Paused>(&step.state.phase)) {
    if (paused->reason == reason) return;
  }
  // Nothing is on trial that would have to be recorded: the host is watched over
  // as before, and a promotion that fails its probation is taken back.
  const bool watching = std::holds_alternative<phase::Holding>(step.state.phase) ||
                        std::holds_alternative<phase::Frozen>(step.state.phase);
  if (watching) {
    std::optional<MonotonicTime>& noted = step.state.store_failure_noted;
    if (noted && step.now.mono < *noted + step.policy.retry_max) return;
    noted = step.now.mono;
    return step.Note(Journal::Level::kError, reason);
  }
  AbortSegment(step, Verdict::kError, reason);
  RestoreCommitted(step, reason);
  const bool operator_paused = step.state.study.paused || step.state.study.stopped;
  if (!operator_paused) EnterPaused(step, reason, step.policy.retry_max);
}

}  // namespace trimtab::control
