// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "daemon/control/history.h"
#include "daemon/control/step.h"
#include "daemon/scoring/sla.h"

namespace trimtab::control {
namespace {

bool SaysNothing(Verdict verdict) {
  return verdict == Verdict::kInconclusive || verdict == Verdict::kError;
}

void Count(State& state, Verdict verdict) {
  ++state.trials_by_verdict[static_cast<std::size_t>(verdict)];
  state.checkpoint_due = true;
}

// A candidate that was tried in vain doesn't use up the round, or a night
// without traffic would; but for as many in vain as the round has trials at most.
void GiveBack(State& state, int max_trials) {
  const auto in_vain =
      std::count_if(state.round_trials.begin(), state.round_trials.end(), [](const Trial& trial) {
        return trial.purpose == TrialPurpose::kCandidate && SaysNothing(trial.verdict);
      });
  if (in_vain <= max_trials && state.study.trials_in_round > 0) --state.study.trials_in_round;
}

}  // namespace

void Decide(Step& step, DecisionReason reason, Decision decision) {
  decision.id = step.state.next_decision_id++;
  decision.made_at = step.now.wall;
  decision.reason = reason;
  ++step.state.decisions_by_reason[static_cast<std::size_t>(reason)];
  step.Emit(effect::RecordDecision{std::move(decision)});
}

void SaveCheckpoint(Step& step) {
  step.state.checkpoint_due = false;
  step.state.unsaved_budget = {};
  step.Emit(effect::SaveCheckpoint{step.state.study});
}

void SpendBudgets(Step& step, Duration length, bool in_breach) {
  constexpr Duration kSaveEvery = std::chrono::minutes(1);
  State& state = step.state;
  Spend(state.study.sla_budget, length, in_breach);
  const bool exploratory = std::holds_alternative<phase::Exploring>(state.phase) ||
                           std::holds_alternative<phase::Recovering>(state.phase) ||
                           std::holds_alternative<phase::Validating>(state.phase);
  if (exploratory) Spend(state.study.exploration_budget, length, in_breach);
  state.unsaved_budget += length;
  if (in_breach || state.unsaved_budget >= kSaveEvery) state.checkpoint_due = true;
}

std::optional<Score> IncumbentScore(const State& state) {
  if (const std::optional<Score> newest = NewestReference(state.round_trials)) return newest;
  return state.study.incumbent ? state.study.incumbent->score : std::nullopt;
}

void RecordSegment(Step& step, const Segment& segment, const SegmentReading& reading,
                   const SegmentEnd& end) {
  Trial trial;
  trial.id = segment.trial_id;
  trial.round = segment.purpose == TrialPurpose::kBaseline ? step.state.study.round + 1
                                                           : step.state.study.round;
  trial.purpose = segment.purpose;
  trial.config = segment.config;
  trial.config_in_force = segment.in_force;
  trial.verdict = end.verdict;
  trial.reason = end.hopeless ? "clearly worse than the incumbent, ended early" : end.reason;
  if (end.verdict == Verdict::kSuccess) trial.score = reading.score;
  trial.predicted = segment.predicted;
  trial.measurement = reading.measurement;
  trial.measurement.latency = LatencyHistogram();
  trial.compliance = reading.compliance;
  trial.generation = segment.generation;
  trial.started_at = segment.begun.wall;
  trial.ended_at = step.now.wall;
  trial.strategy = step.policy.strategy;
  trial.seed = SeedOf(step.policy, step.state.host->description.instance);
  Count(step.state, end.verdict);
  // What the host did not take was not measured either.
  const bool empty =
      SaysNothing(end.verdict) || (end.verdict == Verdict::kFailed && segment.windows.empty());
  step.state.study.empty_trials = empty ? step.state.study.empty_trials + 1 : 0;
  // One that could not be pinned teaches nothing that the next attempt doesn't.
  if (trial.purpose == TrialPurpose::kBaseline) {
    std::erase_if(step.state.round_trials,
                  [](const Trial& each) { return each.purpose == TrialPurpose::kBaseline; });
  }
  step.state.round_trials.push_back(trial);
  if (segment.purpose == TrialPurpose::kCandidate && SaysNothing(end.verdict)) {
    GiveBack(step.state, step.policy.max_trials);
  }
  step.Emit(effect::RecordTrial{std::move(trial)});
}

void RecordRefused(Step& step, const Configuration& config, const std::string& reason) {
  Trial trial;
  trial.id = step.state.next_trial_id++;
  trial.round = step.state.study.round;
  trial.config = config;
  trial.verdict = Verdict::kFailed;
  trial.reason = reason;
  trial.started_at = trial.ended_at = step.now.wall;
  trial.strategy = step.policy.strategy;
  trial.seed = SeedOf(step.policy, step.state.host->description.instance);
  Count(step.state, trial.verdict);
  step.state.round_trials.push_back(trial);
  step.Emit(effect::RecordTrial{std::move(trial)});
}

std::string DescribeChange(const Configuration& from, const Configuration& to) {
  std::string text;
  for (const std::string& name : Difference(from, to)) {
    const ParameterValue* before = from.Find(name);
    const ParameterValue* after = to.Find(name);
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {} -> {}", name, before ? ToString(*before) : "unset",
                        after ? ToString(*after) : "unset");
  }
  return text.empty() ? "no change" : text;
}

std::string DescribeGain(const Gain& gain) {
  return fmt::format("{:+.1f} % [{:+.1f}, {:+.1f}] at {:.3g} % confidence", gain.ratio * 100,
                     gain.lower_ratio * 100, gain.upper_ratio * 100, gain.confidence * 100);
}

Gain Compose(const Gain& first, const Gain& second) {
  const auto both = [](double a, double b) { return (1 + a) * (1 + b) - 1; };
  return Gain{both(first.ratio, second.ratio), both(first.lower_ratio, second.lower_ratio),
              both(first.upper_ratio, second.upper_ratio),
              std::min(first.confidence, second.confidence)};
}

}  // namespace trimtab::control
