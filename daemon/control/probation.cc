// SPDX-License-Identifier: Apache-2.0
// Whether a promotion keeps its promise. Its scores in the probation are of
// another time than those of what it replaced: only at the same load do they
// compare. Otherwise, and before anything is taken back, the two are measured in
// turns once more.
#include <fmt/format.h>

#include "daemon/control/step.h"
#include "daemon/scoring/statistics.h"

namespace trimtab::control {
namespace {

// Windows that a probation is judged from.
constexpr std::int64_t kMinProbationWindows = 3;
// Loads within this factor of each other are the same.
constexpr double kSameLoad = 1.1;

bool AtTheSameLoad(const phase::Holding& holding, const ScoredConfiguration& previous) {
  const std::optional<double> before = previous.metrics[Metric::kThroughputOpsPerSecond];
  if (!before) return false;
  const double now = holding.probation_load.mean();
  return now <= *before * kSameLoad && now * kSameLoad >= *before;
}

void Confirm(Step& step, const std::optional<Gain>& observed) {
  State& state = step.state;
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

}  // namespace

void ProbationWindow(Step& step, const HostWindow& window, double score) {
  auto& holding = std::get<phase::Holding>(step.state.phase);
  // The change itself is not judged.
  if (step.now.mono - window.length < holding.since + step.policy.measure.settle) return;
  holding.probation_scores.Add(score);
  holding.probation_load.Add(*window.metrics[Metric::kThroughputOpsPerSecond]);
}

void EndProbation(Step& step) {
  State& state = step.state;
  auto& holding = std::get<phase::Holding>(state.phase);
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
  const bool worse = observed && observed->upper_ratio < 0;
  const bool same_load = AtTheSameLoad(holding, *previous);
  if (!worse && same_load) return Confirm(step, observed);
  if (!MayApply(step.policy)) {
    // The mode was changed meanwhile: nothing can be compared.
    if (worse) return RollBackToPrevious(step, "did worse in its probation", observed);
    return Confirm(step, std::nullopt);
  }
  step.Note(Journal::Level::kInfo,
            worse ? "the incumbent does worse in its probation than what it replaced did before; "
                    "the two are compared once more"
                  : "the load has changed since the promotion; the incumbent is compared once more "
                    "with what it replaced");
  phase::Validating comparison;
  comparison.candidate = *previous;
  comparison.probation = true;
  BeginComparison(step, std::move(comparison));
}

void EndComparison(Step& step, const std::vector<std::pair<double, double>>& pairs,
                   double confidence) {
  // Of each pair the incumbent's half is first.
  std::vector<std::pair<double, double>> turned;
  turned.reserve(pairs.size());
  for (const auto& [incumbent, previous] : pairs) turned.emplace_back(previous, incumbent);
  const std::optional<Gain> observed = PairedGain(turned, confidence);
  if (observed && observed->upper_ratio < 0) {
    return RollBackToPrevious(
        step, "did worse in its probation than what it replaced: " + DescribeGain(*observed),
        observed);
  }
  RestoreCommitted(step, "the incumbent has kept its promise");
  Confirm(step, observed);
  EnterHolding(step);
}

void EndComparisonEarly(Step& step, bool incumbent_failed, const std::string& reason) {
  if (incumbent_failed) {
    return RollBackToPrevious(step, "in its probation: " + reason, std::nullopt);
  }
  step.Note(Journal::Level::kInfo, "what the incumbent replaced can't be gone back to: " + reason);
  RestoreCommitted(step, "the incumbent has kept its promise");
  Confirm(step, std::nullopt);
  EnterHolding(step);
}

void RollBackToPrevious(Step& step, const std::string& reason,
                        const std::optional<Gain>& observed) {
  State& state = step.state;
  if (!MayApply(step.policy)) {
    // Nothing is taken back, and that is said once.
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

}  // namespace trimtab::control
