// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "daemon/control/history.h"
#include "daemon/control/step.h"
#include "daemon/scoring/objective.h"

namespace trimtab::control {
namespace {

// Rounds of replicas are spread over this share of what the policy asks for.
constexpr double kSpread = 0.1;

// The least time from one round to the next, by the instance's name up to a tenth
// longer: replicas must not all begin at once.
Duration Spread(const State& state, const TuningPolicy& policy, Duration length) {
  if (!state.host) return length;
  constexpr std::uint64_t kParts = 1024;
  const auto part =
      static_cast<double>(SeedOf(policy, state.host->description.instance) % kParts) / kParts;
  return length + std::chrono::duration_cast<Duration>(length * (kSpread * part));
}

void RetuneForDrift(Step& step, const std::string& reason) {
  const Configuration config = step.state.study.incumbent->config;
  Decide(step, DecisionReason::kDrift,
         {.explanation = reason, .old_config = config, .new_config = config});
  if (MayApply(step.policy)) return BeginRound(step);
  ForgetRoundEnd(step.state);
  EnterHolding(step);
  if (step.policy.mode == TuningMode::kRecommend) AskSuggestion(step);
}

}  // namespace

void HoldWindow(Step& step, const HostWindow& window) {
  State& state = step.state;
  auto& holding = std::get<phase::Holding>(state.phase);
  if (state.incumbent_breach_run >= step.policy.guard.freeze_windows) {
    if (holding.probation_until && state.study.previous) {
      return RollBackToPrevious(step, "breached the SLA in its probation", std::nullopt);
    }
    return EnterFrozen(step, fmt::format("the incumbent broke the SLA in {} windows, one after "
                                         "the other",
                                         state.incumbent_breach_run));
  }
  const std::optional<MetricValues> baseline =
      state.study.baseline ? std::optional(state.study.baseline->metrics) : std::nullopt;
  const absl::StatusOr<double> score =
      ComputeScore(step.policy.objective, window.metrics, baseline);
  if (!score.ok()) return;
  if (holding.probation_until) return ProbationWindow(step, window, *score);
  // At so little load no trial could be measured.
  const MeasurePolicy& measure = step.policy.measure;
  if (!state.watch || window.requests * measure.max_windows < measure.min_requests) return;
  const double seconds = std::chrono::duration<double>(window.length).count();
  if (state.watch->drift.Add(*score, static_cast<double>(window.requests) / seconds)) {
    state.watch->drifted = true;
  }
}

void FrozenWindow(Step& step) {
  auto& frozen = std::get<phase::Frozen>(step.state.phase);
  if (step.state.latest_compliance.compliant == true) {
    ++frozen.good_windows;
  } else if (step.state.latest_compliance.compliant == false) {
    frozen.good_windows = 0;
  }
  if (frozen.good_windows < step.policy.guard.thaw_windows) return;
  step.Note(Journal::Level::kInfo, "the incumbent meets the SLA again");
  Proceed(step);
}

void HoldTick(Step& step) {
  const auto& holding = std::get<phase::Holding>(step.state.phase);
  if (holding.probation_until) {
    if (step.now.mono >= *holding.probation_until) EndProbation(step);
    return;
  }
  const std::optional<MonotonicTime> retune = RetuneAt(step.state, step.policy);
  if (!retune || step.now.mono < *retune) return;
  const IncumbentWatch& watch = *step.state.watch;
  if (watch.drifted) return RetuneForDrift(step, "the incumbent's score has drifted");
  if (watch.drift.LoadHasChanged()) {
    return RetuneForDrift(
        step, fmt::format("the load has changed from {:.3g} to {:.3g} requests a second",
                          watch.drift.usual_load(), watch.drift.other_load()));
  }
  RetuneForDrift(step, "the time to tune again has come");
}

std::optional<MonotonicTime> RetuneAt(const State& state, const TuningPolicy& policy) {
  if (!state.watch || !state.round_ended) return std::nullopt;
  const MonotonicTime dwelt = *state.round_ended + Spread(state, policy, policy.hold.min_dwell);
  if (state.watch->drifted || state.watch->drift.LoadHasChanged()) return dwelt;
  const Duration retune_after = policy.hold.retune_after;
  if (retune_after <= Duration::zero()) return std::nullopt;
  return std::max(dwelt, *state.round_ended + Spread(state, policy, retune_after));
}

void WatchIncumbent(Step& step) {
  State& state = step.state;
  const Configuration config =
      state.study.incumbent ? state.study.incumbent->config : Configuration();
  if (!state.watch || state.watch->config != config) {
    const HoldPolicy& policy = step.policy.hold;
    state.watch =
        IncumbentWatch{config, DriftDetector(policy.drift_delta, policy.drift_lambda), false};
  }
  if (state.study.round_ended) return;
  state.study.round_ended = step.now.wall;
  state.round_ended = step.now.mono;
  state.checkpoint_due = true;
}

void RememberRoundEnd(Step& step) {
  State& state = step.state;
  state.watch.reset();
  state.round_ended.reset();
  if (!state.study.round_ended) return;
  // The wall clock may have been set back meanwhile.
  const auto gone = std::max(WallTime::duration::zero(), step.now.wall - *state.study.round_ended);
  state.round_ended = step.now.mono - std::chrono::duration_cast<Duration>(gone);
}

void ForgetRoundEnd(State& state) {
  state.study.round_ended.reset();
  state.round_ended.reset();
  state.watch.reset();
}

void FinishRollback(Step& step, const Configuration& config) {
  TakeRolledBack(step, config);
  SaveCheckpoint(step);
  step.Reply(absl::OkStatus());
}

void TakeRolledBack(Step& step, const Configuration& config) {
  State& state = step.state;
  ScoredConfiguration target;
  target.config = config;
  for (const auto& known : {state.study.baseline, state.study.previous, state.study.incumbent}) {
    if (known && known->config == config) target = *known;
  }
  state.study.incumbent = target;
  state.study.previous.reset();
  state.study.ForgetGain();
  state.study.round_open = false;
  state.study.pinned = false;
  ForgetRoundEnd(state);
  // Held already when a probation took the promotion back.
  if (std::holds_alternative<phase::Holding>(state.phase)) WatchIncumbent(step);
}

}  // namespace trimtab::control
