// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "daemon/base/error.h"
#include "daemon/control/finalists.h"
#include "daemon/control/guard.h"
#include "daemon/control/step.h"

namespace trimtab::control {
namespace {

// Candidates that the guards may refuse in one round before its exploration
// ends. The strategies know what is allowed: it is a mistake of ours.
constexpr int kMaxRefusedCandidates = 16;
// Suggestions in a row with the advice to stop that end a round's exploration.
constexpr int kSettledSuggestions = 3;

// Whether so many trials were made that the advice to stop is believed: a model
// of few is too sure of itself, the more parameters the longer.
bool Enough(const State& state, const TuningPolicy& policy) {
  const int least = 10 + 2 * static_cast<int>(policy.space.dimensions().size());
  const int done = state.study.trials_in_round;
  return 2 * done >= policy.max_trials && done >= least;
}

// Whether the newest trial was of this very configuration.
bool JustTried(const State& state, const Configuration& candidate) {
  const auto newest =
      std::find_if(state.round_trials.rbegin(), state.round_trials.rend(),
                   [](const Trial& trial) { return trial.purpose == TrialPurpose::kCandidate; });
  return newest != state.round_trials.rend() && newest->config == candidate;
}

void PinBaseline(Step& step, const Segment& segment, const SegmentReading& reading) {
  State& state = step.state;
  ScoredConfiguration baseline;
  baseline.config = segment.in_force;
  baseline.score = reading.score;
  baseline.metrics = reading.measurement.metrics;
  baseline.compliance = reading.compliance;
  state.study.baseline = baseline;
  state.study.incumbent = baseline;
  state.study.previous.reset();
  state.study.ForgetGain();
  ForgetRoundEnd(state);
  Decide(step, DecisionReason::kBaseline,
         {.explanation = fmt::format(
              "measured with a score of {:.4g} in {} windows and {} requests",
              baseline.score->value, reading.measurement.windows, reading.measurement.requests),
          .old_config = baseline.config,
          .new_config = baseline.config,
          .trial_ids = {segment.trial_id}});
}

// In the mode `recommend`: what would be validated, by the same rule as where it
// is, or else what would be tried next.
void Recommend(Step& step, const std::optional<Suggestion>& suggestion) {
  const State& state = step.state;
  const ScoredConfiguration& incumbent = *state.study.incumbent;
  std::vector<Finalist> finalists =
      Finalists(state.round_trials, state.study, incumbent.config, step.policy, state.appraisal);
  Decision decision;
  decision.old_config = decision.new_config = incumbent.config;
  if (!finalists.empty()) {
    Finalist& best = finalists.front();
    decision.new_config = best.scored.config;
    decision.trial_ids = std::move(best.trial_ids);
    decision.expected_gain = best.expected_gain;
    decision.explanation = "would validate and promote what did best so far, for " + best.why +
                           ": " + DescribeChange(incumbent.config, best.scored.config);
  } else if (suggestion) {
    decision.new_config = incumbent.config.With(step.policy.fixed).With(suggestion->config);
    const std::optional<Prediction>& predicted = suggestion->prediction;
    decision.explanation =
        (predicted ? fmt::format("would try next, expecting a score of {:.4g} [{:.4g}, {:.4g}]: ",
                                 predicted->value, predicted->lower, predicted->upper)
                   : std::string("would try next, with nothing known of its score yet: ")) +
        DescribeChange(incumbent.config, decision.new_config);
  } else {
    decision.explanation = "would change nothing: every configuration has been tried";
  }
  Decide(step, DecisionReason::kRecommended, std::move(decision));
}

}  // namespace

void OnBaselineEnd(Step& step, const SegmentReading& reading, const SegmentEnd& end) {
  auto& baseline = std::get<phase::Baseline>(step.state.phase);
  const Segment segment = baseline.segment;
  if (end.verdict == Verdict::kInconclusive || end.verdict == Verdict::kError) {
    EnterBaseline(step);
    if (auto* again = std::get_if<phase::Baseline>(&step.state.phase)) again->reason = end.reason;
    return;
  }
  RecordSegment(step, segment, reading, end);
  if (end.verdict == Verdict::kFailed &&
      (!step.policy.guard.allow_breaching_baseline || !reading.score)) {
    return EnterFrozen(step, "the host's own configuration " + end.reason);
  }
  PinBaseline(step, segment, reading);
  if (MayApply(step.policy)) return BeginRound(step);
  SaveCheckpoint(step);
  EnterHolding(step);
  if (step.policy.mode == TuningMode::kRecommend) AskSuggestion(step);
}

void BeginRound(Step& step) {
  State& state = step.state;
  ++state.study.round;
  state.study.round_open = true;
  ForgetRoundEnd(state);
  state.study.trials_in_round = 0;
  state.study.explored = false;
  state.study.judged.clear();
  state.study.empty_trials = 0;
  state.study.refused_candidates = 0;
  state.study.settled_suggestions = 0;
  state.study.exploration_budget = ErrorBudget{step.policy.guard.exploration_breach_ratio, {}, {}};
  state.study.outlook.reset();
  state.appraisal.reset();
  const std::int64_t round = state.study.round;
  const bool first = round == 1;
  // What a restarted daemon would load, so that it goes on alike.
  std::erase_if(state.round_trials, [round](const Trial& trial) {
    return trial.purpose != TrialPurpose::kImported && trial.round != round;
  });
  // Later rounds begin with the incumbent: its score dates from another time.
  state.study.since_incumbent = first ? 0 : step.policy.incumbent_every;
  SaveCheckpoint(step);
  state.phase = phase::Exploring{};
  NextExploration(step);
}

void NextExploration(Step& step) {
  State& state = step.state;
  auto& exploring = std::get<phase::Exploring>(state.phase);
  exploring.segment.reset();
  if (state.study.explored) return NextFinalist(step);
  if (EndsForBudget(step) || WaitsForChanges(step)) return;
  const int every = step.policy.incumbent_every;
  if (every > 0 && state.study.since_incumbent >= every) {
    state.study.since_incumbent = 0;
    Segment segment = BeginSegment(step, TrialPurpose::kIncumbent, state.host->config.committed);
    exploring.segment = std::move(segment);
    return;
  }
  if (state.study.trials_in_round >= step.policy.max_trials) return NextFinalist(step);
  if (state.study.refused_candidates >= kMaxRefusedCandidates) {
    step.Note(Journal::Level::kError, "the exploration ends: the guards refused " +
                                          std::to_string(kMaxRefusedCandidates) + " candidates");
    return NextFinalist(step);
  }
  AskSuggestion(step);
}

bool EndsForBudget(Step& step) {
  const State& state = step.state;
  const ErrorBudget& budget = state.study.exploration_budget;
  if (budget.in_breach <= step.policy.guard.exploration_breach_grace ||
      budget.RemainingRatio() > 0) {
    return false;
  }
  Decide(step, DecisionReason::kBudgetSpent,
         {.explanation = fmt::format(
              "exploration spent {:.0f} s of {:.0f} s in breach of the SLA; allowed are {:.3g} %",
              std::chrono::duration<double>(budget.in_breach).count(),
              std::chrono::duration<double>(budget.observed).count(), budget.allowed_ratio * 100),
          .old_config = state.host->config.config,
          .new_config = state.host->config.committed});
  EndRound(step);
  return true;
}

void AskSuggestion(Step& step) {
  const std::optional<ScoredConfiguration>& incumbent = step.state.study.incumbent;
  step.Emit(effect::Suggest{incumbent ? incumbent->config : Configuration{}});
}

void OnSuggested(Step& step, const event::Suggested& event) {
  State& state = step.state;
  const bool recommends = step.policy.mode == TuningMode::kRecommend && state.study.incumbent &&
                          std::holds_alternative<phase::Holding>(state.phase);
  auto* exploring = std::get_if<phase::Exploring>(&state.phase);
  const bool explores = exploring != nullptr && !exploring->segment && !state.study.explored;
  if (!recommends && !explores) return;
  if (!event.status.ok()) {
    const std::string reason = "the strategy can't go on: " + Message(event.status);
    RestoreCommitted(step, reason);
    return EnterPaused(step, reason, step.policy.retry_max);
  }
  state.appraisal = event.appraisal;
  if (recommends) return Recommend(step, event.suggestion);
  if (!event.suggestion) return NextFinalist(step);
  const Configuration& committed = state.host->config.committed;
  const Configuration candidate = committed.With(step.policy.fixed).With(event.suggestion->config);
  // What is left to gain can't be seen in the noise. One such suggestion may be
  // the model's mistake of a moment, and one configuration asked for again and
  // again is one such suggestion.
  if (event.suggestion->outlook) state.study.outlook = event.suggestion->outlook;
  const bool stop = event.suggestion->outlook && event.suggestion->outlook->stop;
  int& settled = state.study.settled_suggestions;
  settled = !stop ? 0 : JustTried(state, candidate) ? std::max(settled, 1) : settled + 1;
  if (Enough(state, step.policy) && settled >= kSettledSuggestions) return NextFinalist(step);
  if (absl::Status status = CheckCandidate(candidate, committed, step.policy); !status.ok()) {
    ++state.study.refused_candidates;
    RecordRefused(step, candidate, Message(status));
    return NextExploration(step);
  }
  ++state.study.trials_in_round;
  ++state.study.since_incumbent;
  Segment segment = BeginSegment(step, TrialPurpose::kCandidate, candidate);
  segment.predicted = event.suggestion->prediction;
  exploring->segment = std::move(segment);
}

void OnExplorationEnd(Step& step, const Segment& segment, const SegmentReading& reading,
                      const SegmentEnd& end) {
  State& state = step.state;
  if (segment.purpose == TrialPurpose::kIncumbent) {
    if (end.verdict == Verdict::kFailed) return EnterFrozen(step, "the incumbent " + end.reason);
    return NextExploration(step);
  }
  const Configuration& committed = state.host->config.committed;
  Decision decision{.explanation = end.reason,
                    .old_config = segment.in_force,
                    .new_config = committed,
                    .trial_ids = {segment.trial_id}};
  if (end.verdict == Verdict::kFailed) {
    // At once, before anything else is thought of.
    RestoreCommitted(step, "trial " + std::to_string(segment.trial_id) + ": " + end.reason);
    if (!segment.windows.empty()) {
      Decide(step, DecisionReason::kSlaBreach, std::move(decision));
    }
    SaveCheckpoint(step);
    // One change after the other, without a look at the host, is no way to treat
    // it either where it doesn't take them.
    return EnterRecovering(step, "trial " + std::to_string(segment.trial_id));
  } else if (end.hopeless) {
    RestoreCommitted(step, "trial " + std::to_string(segment.trial_id) + " is hopeless");
    decision.explanation = fmt::format("scored {:.4g} where the incumbent scores {:.4g}",
                                       reading.score->value, IncumbentScore(state)->value);
    Decide(step, DecisionReason::kHopeless, std::move(decision));
  }
  SaveCheckpoint(step);
  NextExploration(step);
}

}  // namespace trimtab::control
