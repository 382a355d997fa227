// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "daemon/control/step.h"
#include "daemon/measure/judge.h"
#include "daemon/measure/merge.h"
#include "daemon/scoring/sla.h"

namespace trimtab::control {
namespace {

// Trials in a row that may say nothing before the loop pauses for a while.
constexpr int kMaxEmptyTrials = 5;

void TakeWindow(Step& step, const HostWindow& window) {
  State& state = step.state;
  state.host->last_sequence = window.sequence;
  ++state.windows_accepted;
  state.newest_refusal.clear();
  state.latest = window;
  state.latest->latency = LatencyHistogram();
  state.latest_at = step.now.mono;
  state.latest_compliance = EvaluateSla(step.policy.sla, window.metrics);
  // A window without requests proves nothing either way.
  if (window.requests == 0) state.latest_compliance = SlaCompliance();
  const bool breach = state.latest_compliance.compliant == false;
  SpendBudgets(step, window.length, breach);
  if (!OnLease(state) && window.requests > 0) {
    state.incumbent_breach_run = breach ? state.incumbent_breach_run + 1 : 0;
  }
}

void SegmentWindow(Step& step, Segment& segment, const HostWindow& window) {
  State& state = step.state;
  AddWindow(segment, window, step.now, step.policy);
  if (segment.windows.empty()) return;
  step.Emit(effect::RecordWindow{segment.trial_id, window});
  const std::optional<MetricValues> baseline =
      state.study.baseline ? std::optional(state.study.baseline->metrics) : std::nullopt;
  const SegmentReading reading = Read(segment, step.policy, baseline);
  const std::optional<SegmentEnd> end =
      EndOf(segment, reading, step.policy,
            segment.purpose == TrialPurpose::kCandidate ? IncumbentScore(state) : std::nullopt);
  if (end) EndSegment(step, reading, *end);
}

}  // namespace

void OnWindow(Step& step, const HostWindow& reported) {
  State& state = step.state;
  if (!state.host || std::holds_alternative<phase::Connecting>(state.phase) ||
      std::holds_alternative<phase::HostLost>(state.phase)) {
    ++state.windows_refused["not_connected"];
    return;
  }
  const WindowJudgement judgement = Judge(reported, state.host->description.boot_id,
                                          state.host->config.generation, state.host->last_sequence);
  if (judgement != WindowJudgement::kCurrent) {
    ++state.windows_refused[Name(judgement)];
    state.newest_refusal = Name(judgement);
    const bool foreign =
        judgement == WindowJudgement::kOtherBoot || judgement == WindowJudgement::kNewerGeneration;
    if (foreign) step.Emit(effect::ReadConfig{});
    return;
  }
  // All that is judged from here on is judged by counts and histogram.
  HostWindow window = reported;
  window.metrics = MetricsOf(reported);
  TakeWindow(step, window);
  if (Segment* segment = ActiveSegment(state)) {
    if (segment->stage != Segment::Stage::kApplying) SegmentWindow(step, *segment, window);
    return;
  }
  if (std::holds_alternative<phase::Holding>(state.phase)) return HoldWindow(step, window);
  if (std::holds_alternative<phase::Recovering>(state.phase)) {
    return RecoveringWindow(step, window);
  }
  if (std::holds_alternative<phase::Frozen>(state.phase)) return FrozenWindow(step);
  if (std::holds_alternative<phase::AwaitingApproval>(state.phase) &&
      state.incumbent_breach_run >= step.policy.guard.freeze_windows) {
    state.study.round_open = false;
    SaveCheckpoint(step);
    EnterFrozen(step, "the incumbent broke the SLA while a candidate waited for approval");
  }
}

void OnMalformed(Step& step, const std::string& reason) {
  ++step.state.windows_refused[reason];
  step.state.newest_refusal = reason;
}

void EndSegment(Step& step, const SegmentReading& reading, const SegmentEnd& end) {
  State& state = step.state;
  if (std::holds_alternative<phase::Baseline>(state.phase)) {
    return OnBaselineEnd(step, reading, end);
  }
  const Segment segment = *ActiveSegment(state);
  // It is over: whatever follows must not end it a second time.
  ActiveSegment(state)->stage = Segment::Stage::kApplying;
  RecordSegment(step, segment, reading, end);
  if (state.study.empty_trials >= kMaxEmptyTrials) {
    state.study.empty_trials = 0;
    RestoreCommitted(step, "the trials say nothing");
    const std::string reason = fmt::format("{} trials in a row said nothing, the last one: {}",
                                           kMaxEmptyTrials, end.reason);
    EnterPaused(step, reason, step.policy.retry_max);
    return KeepHold(step);
  }
  if (std::holds_alternative<phase::Exploring>(state.phase)) {
    return OnExplorationEnd(step, segment, reading, end);
  }
  OnHalfEnd(step, segment, reading, end);
}

}  // namespace trimtab::control
