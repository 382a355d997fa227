// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "daemon/control/step.h"
#include "daemon/scoring/objective.h"
#include "daemon/scoring/statistics.h"

namespace trimtab::control {
namespace {

// Windows that a probation is judged from.
constexpr std::int64_t kMinProbationWindows = 3;

void RollBackToPrevious(Step& step, const std::string& reason,
                        const std::optional<Gain>& observed) {
  State& state = step.state;
  if (!MayApply(step.policy)) {
    // The mode was changed meanwhile: nothing is taken back, and said once.
    step.Note(Journal::Level::kWarning, "the mode forbids to go back, but the incumbent " + reason);
    state.study.previous.reset();
    SaveCheckpoint(step);
    if (observed) return EnterHolding(step);
    return EnterFrozen(step, "the incumbent " + reason);
  }
  const ScoredConfiguration failed = *state.study.incumbent;
  const ScoredConfiguration previous = *state.study.previous;
  Decide(step, DecisionReason::kProbationFailed,
         {.explanation = reason,
          .old_config = failed.config,
          .new_config = previous.config,
          .expected_gain = state.study.gain,
          .observed_gain = observed});
  EnterHolding(step);
  ApplyToCommit(step, ApplyPurpose::kRollback, previous.config, reason);
}

void EndProbation(Step& step, phase::Holding& holding) {
  State& state = step.state;
  const std::optional<ScoredConfiguration> previous = state.study.previous;
  if (previous && holding.probation_scores.count() < kMinProbationWindows) {
    // Silence is no proof: the probation goes on.
    holding.probation_until = step.now.mono + step.policy.hold.probation;
    return;
  }
  holding.probation_until.reset();
  if (!previous) return;
  const Score score{holding.probation_scores.mean(), holding.probation_scores.StandardError()};
  const std::optional<Gain> observed =
      previous->score ? UnpairedGain(*previous->score, score) : std::nullopt;
  if (observed && observed->upper_ratio < 0) {
    return RollBackToPrevious(
        step, "did worse in its probation than what it replaced: " + DescribeGain(*observed),
        observed);
  }
  state.study.previous.reset();
  SaveCheckpoint(step);
  if (!observed) return;
  const Configuration& config = state.study.incumbent->config;
  Decide(step, DecisionReason::kConfirmed,
         {.explanation = "kept its promise through the probation: " + DescribeGain(*observed),
          .old_config = config,
          .new_config = config,
          .expected_gain = state.study.gain,
          .observed_gain = observed});
}

void RetuneForDrift(Step& step, const std::string& reason) {
  const Configuration config = step.state.study.incumbent->config;
  Decide(step, DecisionReason::kDrift,
         {.explanation = reason, .old_config = config, .new_config = config});
  if (MayApply(step.policy)) return BeginRound(step);
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
  if (holding.probation_until) {
    // The change itself is not judged.
    const bool settled =
        step.now.mono - window.length >= holding.since + step.policy.measure.settle;
    if (settled) holding.probation_scores.Add(*score);
    return;
  }
  const double seconds = std::chrono::duration<double>(window.length).count();
  if (holding.drift.Add(*score, static_cast<double>(window.requests) / seconds)) {
    holding.drifted = true;
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
  auto& holding = std::get<phase::Holding>(step.state.phase);
  if (holding.probation_until) {
    if (step.now.mono >= *holding.probation_until) EndProbation(step, holding);
    return;
  }
  const Duration dwelt = step.now.mono - holding.since;
  const HoldPolicy& policy = step.policy.hold;
  if (dwelt < policy.min_dwell) return;
  if (holding.drifted) return RetuneForDrift(step, "the incumbent's score has drifted");
  if (policy.retune_after > Duration::zero() && dwelt >= policy.retune_after) {
    RetuneForDrift(step, "the time to tune again has come");
  }
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
}

}  // namespace trimtab::control
