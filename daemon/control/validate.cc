// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "daemon/base/error.h"
#include "daemon/control/finalists.h"
#include "daemon/control/step.h"
#include "daemon/scoring/failures.h"
#include "daemon/scoring/objective.h"
#include "daemon/scoring/sla.h"
#include "daemon/scoring/statistics.h"

namespace trimtab::control {
namespace {

// Halves in a row that may say nothing.
constexpr int kMaxHalfRetries = 3;
// Pairs before a validation may be given up as futile.
constexpr std::size_t kMinPairsForFutility = 3;

// The order ABBA ABBA ...: a steady drift of the load weighs equally on both.
bool IsCandidateHalf(std::size_t half) { return half % 4 == 1 || half % 4 == 2; }

std::vector<std::pair<double, double>> Pairs(const std::vector<double>& halves) {
  std::vector<std::pair<double, double>> pairs;
  for (std::size_t i = 0; i + 1 < halves.size(); i += 2) {
    const bool candidate_first = IsCandidateHalf(i);
    pairs.emplace_back(halves[candidate_first ? i + 1 : i], halves[candidate_first ? i : i + 1]);
  }
  return pairs;
}

// The level of the two-sided interval whose lower end a false positive clears
// with the stated probability, over all finalists of a round together.
double Confidence(const ValidationPolicy& policy) {
  return 1 - 2 * policy.false_positive_ratio / std::max(1, policy.finalists);
}

void BeginHalf(Step& step) {
  auto& validating = std::get<phase::Validating>(step.state.phase);
  const Configuration config = IsCandidateHalf(validating.halves.size())
                                   ? validating.candidate.config
                                   : step.state.host->config.committed;
  Segment segment = BeginSegment(step, TrialPurpose::kValidation, config);
  validating.segment = std::move(segment);
}

void Refuse(Step& step, DecisionReason reason, std::string explanation,
            const std::optional<Gain>& gain) {
  auto& validating = std::get<phase::Validating>(step.state.phase);
  RestoreCommitted(step, "the candidate was not proven");
  const Configuration& committed = step.state.host->config.committed;
  Decide(step, reason,
         {.explanation = std::move(explanation),
          .old_config = validating.candidate.config,
          .new_config = committed,
          .observed_gain = gain,
          .trial_ids = validating.trial_ids});
  step.state.study.judged.push_back(validating.candidate.config);
  SaveCheckpoint(step);
  if (reason == DecisionReason::kSlaBreach) {
    return EnterRecovering(step, "a candidate's validation");
  }
  NextFinalist(step);
}

void Accept(Step& step, const Gain& gain) {
  auto validating = std::get<phase::Validating>(step.state.phase);
  RunningStats incumbent_scores;
  RunningStats candidate_scores;
  for (const auto& [incumbent, candidate] : Pairs(validating.halves)) {
    incumbent_scores.Add(incumbent);
    candidate_scores.Add(candidate);
  }
  const auto side = [&step](const Configuration& config, const WindowMerger& windows,
                            const RunningStats& scores) {
    const MetricValues metrics = windows.Result().metrics;
    return ScoredConfiguration{config, Score{scores.mean(), scores.StandardError()}, metrics,
                               EvaluateSla(step.policy.sla, metrics)};
  };
  const ScoredConfiguration candidate =
      side(validating.candidate.config, validating.candidate_windows, candidate_scores);
  const ScoredConfiguration reference =
      side(step.state.study.incumbent->config, validating.incumbent_windows, incumbent_scores);
  // Not judged before it is promoted or rejected: after a restart it is proven
  // anew.
  if (step.policy.mode == TuningMode::kApprove) {
    RestoreCommitted(step, "the candidate waits for approval");
    KeepHold(step);
    step.state.phase =
        phase::AwaitingApproval{candidate, reference, gain, std::move(validating.trial_ids)};
    step.Note(Journal::Level::kInfo,
              "a proven candidate waits for approval: " + DescribeGain(gain));
    return;
  }
  BeginPromotion(step, {.candidate = candidate,
                        .reference = reference,
                        .gain = gain,
                        .trial_ids = std::move(validating.trial_ids),
                        .actor = "trimtabd"});
}

// Why the candidate may not be promoted whatever its score; empty when it may.
std::string FailureObjection(const phase::Validating& validating) {
  const Measurement candidate = validating.candidate_windows.Result();
  const Measurement incumbent = validating.incumbent_windows.Result();
  if (!FailsMore(candidate.metrics, candidate.requests, incumbent.metrics, incumbent.requests)) {
    return "";
  }
  return fmt::format("fails {:.3g} % of its requests where the incumbent fails {:.3g} %",
                     *FailureRatio(candidate.metrics) * 100,
                     *FailureRatio(incumbent.metrics) * 100);
}

void Judge(Step& step) {
  auto& validating = std::get<phase::Validating>(step.state.phase);
  const ValidationPolicy& policy = step.policy.validation;
  const auto pairs = Pairs(validating.halves);
  const std::optional<Gain> gain = PairedGain(pairs, Confidence(policy));
  const bool complete = pairs.size() >= static_cast<std::size_t>(policy.pairs);
  const bool whole_pairs = validating.halves.size() % 2 == 0;
  if (validating.probation) {
    return complete ? EndComparison(step, pairs, Confidence(policy)) : BeginHalf(step);
  }
  if (complete) {
    if (const std::string objection = FailureObjection(validating); !objection.empty()) {
      return Refuse(step, DecisionReason::kNotProven, objection, gain);
    }
    if (gain && gain->lower_ratio > policy.min_gain_ratio) return Accept(step, *gain);
    return Refuse(step, DecisionReason::kNotProven,
                  gain ? fmt::format("the gain of {} does not clear the minimum of {:.3g} %",
                                     DescribeGain(*gain), policy.min_gain_ratio * 100)
                       : "no gain could be computed: the incumbent scores zero",
                  gain);
  }
  // Looking early can only refuse, never promote: the stated rate of false
  // positives holds.
  if (whole_pairs && pairs.size() >= kMinPairsForFutility && gain &&
      gain->upper_ratio < policy.min_gain_ratio) {
    return Refuse(
        step, DecisionReason::kNotProven,
        fmt::format("futile after {} pairs: the gain of {} is below the minimum of {:.3g} %",
                    pairs.size(), DescribeGain(*gain), policy.min_gain_ratio * 100),
        gain);
  }
  BeginHalf(step);
}

// Nobody asks the host for anything: that says nothing of the candidate, which is
// validated once there are requests again. Unless it is under this very candidate
// that they stay away, a second time. Returns whether the candidate is to be
// judged by it.
bool Silenced(Step& step, bool candidate_half) {
  State& state = step.state;
  const Configuration& candidate = std::get<phase::Validating>(state.phase).candidate.config;
  if (candidate_half) {
    if (std::exchange(state.silenced, candidate) == candidate) return true;
  }
  const char* const reason = "there are no requests to validate a candidate with";
  RestoreCommitted(step, reason);
  EnterPaused(step, reason, step.policy.retry_max);
  return false;
}

}  // namespace

void EndRound(Step& step) {
  RestoreCommitted(step, "the round is over");
  step.state.study.round_open = false;
  SaveCheckpoint(step);
  EnterHolding(step);
}

void NextFinalist(Step& step) {
  State& state = step.state;
  if (!state.study.explored) {
    state.study.explored = true;
    SaveCheckpoint(step);
  }
  const auto judged = static_cast<int>(state.study.judged.size());
  if (judged >= step.policy.validation.finalists) return EndRound(step);
  if (EndsForBudget(step) || WaitsForChanges(step)) return;
  state.phase = phase::Exploring{};
  step.Emit(effect::Appraise{});
}

void OnAppraised(Step& step, const event::Appraised& event) {
  State& state = step.state;
  const auto* exploring = std::get_if<phase::Exploring>(&state.phase);
  if (exploring == nullptr || exploring->segment || !state.study.explored) return;
  if (!event.status.ok()) {
    const std::string reason = "the strategy can't go on: " + Message(event.status);
    RestoreCommitted(step, reason);
    return EnterPaused(step, reason, step.policy.retry_max);
  }
  state.appraisal = event.appraisal;
  if (event.appraisal) state.study.importances = event.appraisal->importances;
  std::vector<Finalist> finalists = Finalists(
      state.round_trials, state.study, state.host->config.committed, step.policy, event.appraisal);
  if (finalists.empty()) {
    if (state.study.judged.empty()) {
      step.Note(Journal::Level::kInfo, "no candidate of the round did better than the incumbent");
    }
    return EndRound(step);
  }
  Finalist& best = finalists.front();
  step.Note(Journal::Level::kInfo, "validating a candidate: " + best.why);
  phase::Validating validating;
  validating.candidate = std::move(best.scored);
  validating.trial_ids = std::move(best.trial_ids);
  BeginComparison(step, std::move(validating));
}

void BeginComparison(Step& step, phase::Validating validating) {
  step.state.phase = std::move(validating);
  BeginHalf(step);
}

void OnHalfEnd(Step& step, const Segment& segment, const SegmentReading& reading,
               const SegmentEnd& end) {
  auto& validating = std::get<phase::Validating>(step.state.phase);
  const bool candidate = IsCandidateHalf(validating.halves.size());
  if (end.verdict == Verdict::kFailed) {
    if (validating.probation) return EndComparisonEarly(step, !candidate, end.reason);
    if (!candidate) return EnterFrozen(step, "the incumbent " + end.reason);
    // Without a window the host did not even take it.
    return Refuse(step,
                  segment.windows.empty() ? DecisionReason::kNotProven : DecisionReason::kSlaBreach,
                  "in validation the candidate " + end.reason, std::nullopt);
  }
  if (end.verdict != Verdict::kSuccess) {
    const bool silent = !segment.windows.empty() && reading.measurement.requests == 0;
    if (silent && validating.retries >= kMaxHalfRetries && !Silenced(step, candidate)) return;
    return RepeatHalf(step, end.reason);
  }
  WindowMerger& merged = candidate ? validating.candidate_windows : validating.incumbent_windows;
  if (absl::Status fits = merged.Add(segment.merged); !fits.ok()) {
    return RepeatHalf(step, Message(fits));
  }
  validating.retries = 0;
  validating.halves.push_back(reading.score->value);
  validating.trial_ids.push_back(segment.trial_id);
  Judge(step);
}

void RepeatHalf(Step& step, const std::string& reason) {
  auto& validating = std::get<phase::Validating>(step.state.phase);
  if (++validating.retries > kMaxHalfRetries) {
    if (validating.probation) {
      RestoreCommitted(step, "the comparison could not be measured");
      return EnterHolding(step);
    }
    return Refuse(step, DecisionReason::kNotProven,
                  "the validation could not be measured: " + reason, std::nullopt);
  }
  BeginHalf(step);
}

void BeginPromotion(Step& step, phase::Promoting promotion) {
  step.state.phase = std::move(promotion);
  ApplyPromotion(step);
}

void ApplyPromotion(Step& step) {
  constexpr int kMaxAttempts = 3;
  State& state = step.state;
  auto& promoting = std::get<phase::Promoting>(state.phase);
  if (++promoting.attempts > kMaxAttempts) {
    return FailPromotion(step, absl::StatusCode::kAborted,
                         "the host's configuration changed again and again meanwhile");
  }
  ApplyToCommit(step, ApplyPurpose::kPromote, promoting.candidate.config,
                "promotion: " + DescribeGain(promoting.gain));
}

void FinishPromotion(Step& step) {
  State& state = step.state;
  const auto promoting = std::get<phase::Promoting>(state.phase);
  // As measured beside the candidate: its older score is of another time.
  const ScoredConfiguration& before = promoting.reference;
  state.study.previous = before;
  if (!state.study.gain) state.study.reference = before;
  state.study.incumbent = promoting.candidate;
  state.study.gain = state.study.gain ? Compose(*state.study.gain, promoting.gain) : promoting.gain;
  state.study.round_open = false;
  const bool approved = promoting.actor != "trimtabd";
  Decide(step, approved ? DecisionReason::kApproved : DecisionReason::kPromoted,
         {.explanation = fmt::format("{}; proven gain {}{}{}",
                                     DescribeChange(before.config, promoting.candidate.config),
                                     DescribeGain(promoting.gain),
                                     promoting.approval.empty() ? "" : "; ", promoting.approval),
          .old_config = before.config,
          .new_config = promoting.candidate.config,
          .expected_gain = promoting.gain,
          .trial_ids = promoting.trial_ids,
          .actor = promoting.actor});
  SaveCheckpoint(step);
  EnterHolding(step);
  step.Reply(absl::OkStatus());
}

void RecordFailedPromotion(Step& step, absl::StatusCode code, const std::string& why) {
  const auto& promoting = std::get<phase::Promoting>(step.state.phase);
  const std::string reason = "the promotion failed: " + why;
  step.Note(Journal::Level::kError, reason);
  Decide(step, DecisionReason::kNotProven,
         {.explanation = reason,
          .old_config = promoting.candidate.config,
          .new_config = step.state.host->config.committed,
          .expected_gain = promoting.gain,
          .trial_ids = promoting.trial_ids,
          .actor = promoting.actor});
  step.Reply(absl::Status(code, reason));
}

void FailPromotion(Step& step, absl::StatusCode code, const std::string& why) {
  RecordFailedPromotion(step, code, why);
  RestoreCommitted(step, "the promotion failed");
  step.state.study.judged.push_back(std::get<phase::Promoting>(step.state.phase).candidate.config);
  SaveCheckpoint(step);
  NextFinalist(step);
}

}  // namespace trimtab::control
