// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/publish.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/control/evidence.h"
#include "daemon/control/front.h"
#include "daemon/control/guard.h"
#include "daemon/control/history.h"
#include "daemon/control/space_check.h"
#include "daemon/control/step.h"
#include "daemon/control/transition.h"

namespace trimtab::control {
namespace {

WallTime ToWall(MonotonicTime moment, Moment now) {
  return now.wall + std::chrono::duration_cast<WallTime::duration>(moment - now.mono);
}

TunerState SegmentState(const Segment& segment) {
  return segment.stage == Segment::Stage::kMeasuring ? TunerState::kMeasuring
                                                     : TunerState::kSettling;
}

// Says the state, its reason and its end for each phase.
struct Describe {
  TunerStatus& status;
  const State& state;
  const TuningPolicy& policy;
  Moment now;

  void Set(TunerState value, std::string reason) const {
    status.state = value;
    status.reason = std::move(reason);
  }
  void operator()(const phase::Connecting& p) const {
    Set(TunerState::kConnecting, p.reason.empty() ? "reaching the host" : p.reason);
    if (p.attempts > 0) status.until = ToWall(p.retry_at, now);
  }
  void operator()(const phase::Baseline& p) const {
    Set(TunerState::kBaseline, "measuring the host's own configuration" +
                                   (p.reason.empty() ? "" : "; before: " + p.reason));
    status.step_progress = Progress(p.segment, now.mono);
  }
  void operator()(const phase::Exploring& p) const {
    if (!p.segment) return Set(TunerState::kSettling, "choosing the next candidate");
    status.predicted = p.segment->predicted;
    Set(SegmentState(*p.segment),
        fmt::format("trial {}, {}", p.segment->trial_id, Name(p.segment->purpose)));
    status.step_progress = Progress(*p.segment, now.mono);
  }
  void operator()(const phase::Recovering& p) const {
    Set(TunerState::kSettling, "letting the host recover from " + p.reason);
    status.until = ToWall(p.until, now);
  }
  void operator()(const phase::Validating& p) const {
    Set(TunerState::kValidating,
        fmt::format("comparing {} with the incumbent, measurement {} of {}",
                    p.probation ? "what was replaced" : "a candidate", p.halves.size() + 1,
                    2 * policy.validation.pairs));
    status.candidate = p.candidate;
    status.step_progress = (static_cast<double>(p.halves.size()) + Progress(p.segment, now.mono)) /
                           (2 * policy.validation.pairs);
  }
  void operator()(const phase::AwaitingApproval& p) const {
    Set(TunerState::kAwaitingApproval,
        "proven better by " + DescribeGain(p.gain) + "; waits for approve or reject");
    status.candidate = p.candidate;
  }
  void operator()(const phase::Promoting& p) const {
    Set(TunerState::kValidating, "promoting the proven candidate");
    status.candidate = p.candidate;
    status.step_progress = 1;
  }
  void operator()(const phase::Holding& p) const {
    const std::optional<IncumbentWatch>& watch = state.watch;
    Set(TunerState::kHolding,
        p.probation_until                        ? "the new incumbent is on probation"
        : watch && watch->drifted                ? "the score has drifted; a new round follows"
        : watch && watch->drift.LoadHasChanged() ? "the load has changed; a new round follows"
                                                 : "watching the incumbent for drift");
    if (p.probation_until) status.until = ToWall(*p.probation_until, now);
  }
  void operator()(const phase::Paused& p) const {
    Set(TunerState::kPaused, p.reason);
    if (p.until) status.until = p.until->wall;
  }
  void operator()(const phase::Frozen& p) const {
    Set(TunerState::kFrozen, fmt::format("{}; until {} good windows follow each other, {} so far",
                                         p.reason, policy.guard.thaw_windows, p.good_windows));
  }
  void operator()(const phase::HostLost& p) const {
    Set(TunerState::kHostLost, p.reason);
    status.until = ToWall(p.retry_at, now);
  }
  void operator()(const phase::Stopped& p) const { Set(TunerState::kStopped, p.reason); }
};

// The candidate under measurement, with what its windows say so far.
std::optional<ScoredConfiguration> OnTrial(const State& state, const TuningPolicy& policy) {
  const Segment* segment = ActiveSegment(state);
  if (segment == nullptr || segment->purpose != TrialPurpose::kCandidate) return std::nullopt;
  const std::optional<MetricValues> baseline =
      state.study.baseline ? std::optional(state.study.baseline->metrics) : std::nullopt;
  ScoredConfiguration result;
  result.config = segment->config;
  if (segment->windows.empty()) return result;
  const SegmentReading reading = Read(*segment, policy, baseline);
  result.score = reading.score;
  result.metrics = reading.measurement.metrics;
  result.compliance = reading.compliance;
  return result;
}

std::optional<ScoredConfiguration> BestOfRound(const State& state) {
  const std::vector<Evidence> tried =
      RankTried(state.round_trials, state.study.incumbent, state.appraisal, Imports::kLeftOut);
  if (tried.empty()) return std::nullopt;
  return tried.front().scored();
}

// How many candidates the round has at most. The configuration that a round
// begins with is never proposed again.
int TrialsPlanned(const State& state, const TuningPolicy& policy) {
  const std::optional<ScoredConfiguration>& first =
      state.study.round <= 1 ? state.study.baseline : state.study.incumbent;
  std::optional<std::uint64_t> points =
      SpaceAround(first ? first->config : Configuration(), policy).PointCount();
  if (!points) return policy.max_trials;
  if (first && *points > 1 && InSpace(first->config, policy.space)) --*points;
  return static_cast<int>(
      std::min<std::uint64_t>(*points, static_cast<std::uint64_t>(policy.max_trials)));
}

}  // namespace

TunerStatus ToStatus(const State& state, const TuningPolicy& policy, Moment now) {
  TunerStatus status;
  status.mode = policy.mode;
  status.round = state.study.round;
  status.trials_done = state.study.trials_in_round;
  status.trials_planned = TrialsPlanned(state, policy);
  status.objective = policy.objective.ToString();
  status.strategy = policy.strategy;
  status.seed = state.host ? SeedOf(policy, state.host->description.instance) : policy.seed;
  status.study_id = state.study_id;
  status.candidate = OnTrial(state, policy);
  std::visit(Describe{status, state, policy, now}, state.phase);

  const bool connected = state.host && status.state != TunerState::kHostLost &&
                         status.state != TunerState::kConnecting;
  status.host_reachable = connected;
  if (state.host) {
    status.host_service = state.host->description.service;
    status.host_instance = state.host->description.instance;
    status.generation = state.host->config.generation;
    status.config_in_force = state.host->config.config;
    for (const HostParameter& parameter : state.host->description.parameters) {
      if (!parameter.unit.empty()) status.units.emplace(parameter.name, parameter.unit);
    }
  }
  status.baseline = state.study.baseline;
  status.incumbent = state.study.incumbent;
  status.best_candidate = BestOfRound(state);
  status.front = FrontOf(policy.objective, state);
  status.gain = state.study.gain;
  status.reference = state.study.reference;
  // A window that is older than the patience for the next one says nothing of
  // the present.
  if (connected && state.latest && now.mono - state.latest_at <= policy.measure.window_timeout) {
    status.latest = state.latest->metrics;
    status.compliance = state.latest_compliance;
  }
  if (NeedsWindows(state)) {
    status.silence = now.mono - LastHeard(state);
    if (ActiveSegment(state) == nullptr && *status.silence > policy.measure.window_timeout) {
      status.reason += fmt::format("; no window of metrics for {:.0f} s",
                                   std::chrono::duration<double>(*status.silence).count());
    }
  }
  status.sla = policy.sla;
  status.sla_budget = state.study.sla_budget;
  status.exploration_budget = state.study.exploration_budget;
  status.outlook = state.study.outlook;
  status.importances = state.study.importances;
  status.trials_by_verdict = state.trials_by_verdict;
  status.decisions_by_reason = state.decisions_by_reason;
  status.windows_accepted = state.windows_accepted;
  status.windows_refused_by_reason = state.windows_refused;
  return status;
}

}  // namespace trimtab::control
