// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/control/space_check.h"
#include "daemon/control/step.h"

namespace trimtab::control {
namespace {

void TakeHost(State& state, const event::Connected& event) {
  const bool same_boot = state.host && state.host->description.boot_id == event.description.boot_id;
  const std::int64_t last_sequence = same_boot ? state.host->last_sequence : 0;
  const std::optional<ConfigSetter> committed_by =
      same_boot ? state.host->committed_by : std::nullopt;
  state.host = HostView{event.description, {}, last_sequence, committed_by};
  state.host->Take(event.config);
  state.tuner_id = event.tuner_id;
}

// Takes over the study as stored, unless it is the one in hand already.
void TakeStudy(Step& step, const event::LoadedStudy& study) {
  State& state = step.state;
  if (state.study_id == study.id) return;
  const Checkpoint before = std::exchange(state.study, study.checkpoint.value_or(Checkpoint{}));
  if (!study.checkpoint && !step.policy.autostart) state.study.stopped = true;
  // What an operator said of the host is not the study's: it outlives another
  // objective or space.
  const Checkpoint* last = study.before ? &*study.before : nullptr;
  if (!state.study_id.empty()) last = &before;
  state.study_id = study.id;
  state.checkpoint_due = false;
  RememberRoundEnd(step);
  if (last != nullptr) {
    state.study.TakeWord(*last);
    SaveCheckpoint(step);
  }
  state.round_trials = study.round_trials;
  state.appraisal = study.appraisal;
  state.next_trial_id = study.last_trial_id + 1;
  state.next_decision_id = study.last_decision_id + 1;
  state.trials_by_verdict = study.trials_by_verdict;
  state.decisions_by_reason = study.decisions_by_reason;
}

// The newest score of a configuration in the round, if any.
std::optional<Trial> LastMeasured(const State& state, const Configuration& config) {
  for (auto trial = state.round_trials.rbegin(); trial != state.round_trials.rend(); ++trial) {
    if (trial->config == config && trial->score) return *trial;
  }
  return std::nullopt;
}

// A promotion that was committed just before the daemon was killed.
void AdoptCommittedPromotion(Step& step, const Intent& intent) {
  State& state = step.state;
  const Configuration& committed = state.host->config.committed;
  if (intent.kind != Intent::Kind::kCommit || intent.config != committed) return;
  if (!state.study.incumbent || state.study.incumbent->config == committed) return;
  const Configuration before = state.study.incumbent->config;
  state.study.previous = state.study.incumbent;
  ScoredConfiguration adopted;
  adopted.config = committed;
  if (const std::optional<Trial> trial = LastMeasured(state, committed)) {
    adopted.score = trial->score;
    adopted.metrics = trial->measurement.metrics;
    adopted.compliance = trial->compliance;
  }
  state.study.incumbent = std::move(adopted);
  state.study.ForgetGain();
  state.study.round_open = false;
  Decide(step, DecisionReason::kRecovered,
         {.explanation = "the promotion had been committed before the daemon was interrupted",
          .old_config = before,
          .new_config = committed});
  SaveCheckpoint(step);
}

// A rollback or a pin that was committed just before the daemon was killed.
void AdoptCommand(Step& step, const Intent& intent) {
  State& state = step.state;
  const Configuration& committed = state.host->config.committed;
  const bool pin = intent.kind == Intent::Kind::kPin;
  if (!pin && intent.kind != Intent::Kind::kRollback) return;
  if (intent.config != committed) return;
  if (!state.study.incumbent || state.study.incumbent->config == committed) return;
  Decide(step, DecisionReason::kRecovered,
         {.explanation = std::string(pin ? "a pin" : "a rollback") +
                         " had been committed before the daemon was interrupted",
          .old_config = state.study.incumbent->config,
          .new_config = committed});
  if (pin) {
    TakePinned(step, "pinned by an operator");
  } else {
    TakeRolledBack(step, committed);
  }
  SaveCheckpoint(step);
}

void Recover(Step& step, const std::optional<Intent>& intent) {
  const ConfigState& host = step.state.host->config;
  if (intent) {
    AdoptCommittedPromotion(step, *intent);
    AdoptCommand(step, *intent);
  }
  if (!OnLease(step.state) || !MayApply(step.policy)) return;
  Decide(step, DecisionReason::kRecovered,
         {.explanation = "an unproven configuration was found in force: " +
                         DescribeChange(host.config, host.committed),
          .old_config = host.config,
          .new_config = host.committed});
  RestoreCommitted(step, "recovery after an interruption");
}

// Returns false when the committed configuration is not what the study says,
// and has been dealt with by leaving the normal course.
bool ReconcileIncumbent(Step& step) {
  Checkpoint& study = step.state.study;
  if (!study.incumbent) return true;
  const ConfigState& host = step.state.host->config;
  const Configuration& expected = study.incumbent->config;
  if (host.committed == expected) return true;
  const bool ours = host.source == ConfigSource::kTuner && host.tuner_id == step.state.tuner_id;
  const bool back_to_baseline = study.baseline && host.committed == study.baseline->config &&
                                (ours || host.source == ConfigSource::kDefault);
  if (back_to_baseline && MayApply(step.policy)) {
    const char* const why =
        ours ? "the daemon's end had put the host on the baseline" : "the host is on the baseline";
    // The answer goes on with the study.
    step.state.phase = phase::Connecting{0, step.now.mono, "applying the proven configuration"};
    ApplyToCommit(
        step, ApplyPurpose::kReapply, expected,
        "the proven configuration, after a restart of the host",
        Decision{.reason = ours ? DecisionReason::kResumed : DecisionReason::kHostRestarted,
                 .explanation = fmt::format("{}; the {} configuration is applied again: {}", why,
                                            study.pinned ? "pinned" : "proven",
                                            DescribeChange(host.committed, expected)),
                 .old_config = host.committed,
                 .new_config = expected,
                 .expected_gain = study.gain});
    return false;
  }
  if (host.source == ConfigSource::kOperator || (host.source == ConfigSource::kTuner && !ours)) {
    YieldToEdit(step, expected);
    return false;
  }
  // Other defaults than before, such as after a new release, or a change of
  // ours that was not recorded: what is there is the new point to start from.
  step.Note(Journal::Level::kWarning,
            "the host's committed configuration is new; measuring a new baseline: " +
                DescribeChange(expected, host.committed));
  step.Emit(effect::ForgetIntent{});
  study.baseline.reset();
  study.incumbent.reset();
  study.previous.reset();
  study.ForgetGain();
  study.round_open = false;
  SaveCheckpoint(step);
  return true;
}

// Completes a way back that was decided on, and that a lost host or a killed
// daemon kept from being made. Returns false when there is none.
bool ResumeRollback(Step& step, const std::optional<Intent>& intent) {
  if (!intent || intent->kind != Intent::Kind::kRollback || !MayApply(step.policy)) return false;
  const ConfigState& host = step.state.host->config;
  const std::optional<ScoredConfiguration>& incumbent = step.state.study.incumbent;
  if (!incumbent || host.committed != incumbent->config || host.committed == intent->config) {
    return false;
  }
  // The answer goes on with the study.
  step.state.phase = phase::Connecting{0, step.now.mono, "completing a rollback"};
  ApplyToCommit(step, ApplyPurpose::kRollback, intent->config,
                "a rollback that had been interrupted",
                Decision{.reason = DecisionReason::kRecovered,
                         .explanation = "a rollback had been interrupted and was made now: " +
                                        DescribeChange(host.committed, intent->config),
                         .old_config = host.committed,
                         .new_config = intent->config});
  return true;
}

}  // namespace

void OnConnected(Step& step, const event::Connected& event) {
  State& state = step.state;
  TakeHost(state, event);
  state.connected_at = step.now.mono;
  TakeStudy(step, event.study);
  state.study.sla_budget.allowed_ratio = step.policy.sla_budget_ratio;
  state.study.exploration_budget.allowed_ratio = step.policy.guard.exploration_breach_ratio;
  state.incumbent_breach_run = 0;
  if (MayApply(step.policy) && HeldByAnother(state)) {
    return EnterPaused(
        step,
        fmt::format("another tuner, '{}', holds the host", state.host->config.holder_tuner_id),
        state.host->config.lease_remaining.value_or(step.policy.retry_max));
  }
  if (WaitForLease(step)) return;
  if (ResumeRollback(step, event.study.intent)) return;
  Recover(step, event.study.intent);
  if (absl::Status fits = CheckSpaceAgainstHost(step.policy, state.host->description); !fits.ok()) {
    return EnterPaused(step, "the settings don't fit the host: " + Message(fits),
                       step.policy.retry_max);
  }
  if (!ReconcileIncumbent(step)) return;
  if (state.study.stopped) {
    const std::string& reason = state.study.pause_reason;
    state.phase = phase::Stopped{reason.empty() ? "waiting to be started" : reason};
    return;
  }
  if (state.study.paused) {
    const std::optional<WallTime>& until = state.study.paused_until;
    if (!until) return EnterOperatorsPause(step, std::nullopt);
    if (step.now.wall < *until) {
      return EnterOperatorsPause(step,
                                 std::chrono::duration_cast<Duration>(*until - step.now.wall));
    }
    state.study.EndPause();
  }
  Proceed(step);
}

void OnConnectFailed(Step& step, const event::ConnectFailed& event) {
  const std::string reason =
      (event.store ? "the store failed: " : "the host doesn't answer: ") + Message(event.status);
  if (auto* lost = std::get_if<phase::HostLost>(&step.state.phase)) {
    ++lost->attempts;
    lost->reason = reason;
    lost->retry_at = step.now.mono + Backoff(step.policy, lost->attempts);
    return;
  }
  if (step.state.host && !event.store) return EnterHostLost(step, reason);
  const auto* connecting = std::get_if<phase::Connecting>(&step.state.phase);
  const int attempts = connecting ? connecting->attempts + 1 : 1;
  step.state.phase =
      phase::Connecting{attempts, step.now.mono + Backoff(step.policy, attempts), reason};
}

void YieldToEdit(Step& step, const Configuration& ours) {
  State& state = step.state;
  const ConfigState& host = state.host->config;
  const std::string who = host.source == ConfigSource::kTuner
                              ? fmt::format("another tuner, '{}',", host.tuner_id)
                              : std::string("an operator");
  AbortSegment(step, Verdict::kError, who + " changed the host's configuration");
  Decide(step, DecisionReason::kOperatorEdit,
         {.explanation = fmt::format("{} changed the host's configuration: {}", who,
                                     DescribeChange(ours, host.config)),
          .old_config = ours,
          .new_config = host.config});
  // A rollback that was under way must not undo the edit later on.
  step.Emit(effect::ForgetIntent{});
  state.study.baseline.reset();
  state.study.incumbent.reset();
  state.study.previous.reset();
  state.study.ForgetGain();
  state.study.round_open = false;
  state.study.pinned = false;
  if (!MayApply(step.policy)) {
    // We only watch: what the operator set is simply the new baseline.
    SaveCheckpoint(step);
    return EnterBaseline(step);
  }
  state.study.Pause(who + " changed the host's configuration; resume to tune from it on");
  SaveCheckpoint(step);
  EnterOperatorsPause(step, std::nullopt);
}

}  // namespace trimtab::control
