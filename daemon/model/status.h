// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/model/configuration.h"
#include "daemon/model/decision.h"
#include "daemon/model/policy.h"
#include "daemon/model/prediction.h"
#include "daemon/model/sla.h"
#include "daemon/model/trial.h"

namespace trimtab {

// What the daemon is doing. In the order of TunerState in tuner.proto.
enum class TunerState {
  kConnecting,
  kBaseline,
  kSettling,
  kMeasuring,
  kValidating,
  kAwaitingApproval,
  kHolding,
  kPaused,
  kFrozen,
  kHostLost,
  kStopped,
};
inline constexpr int kTunerStateCount = 11;
// "connecting", "baseline", ...
std::string_view Name(TunerState state);

// The daemon at one moment, for readers outside the control thread: the API,
// Prometheus, the probes. Immutable once published.
struct TunerStatus {
  TunerState state = TunerState::kConnecting;
  std::string reason;
  std::optional<WallTime> until;
  TuningMode mode = TuningMode::kAuto;

  std::string host_service;
  std::string host_instance;
  std::string host_address;
  bool host_reachable = false;
  std::int64_t generation = 0;
  Configuration config_in_force;
  // Of the host's parameters, in its own words: "ms".
  std::map<std::string, std::string, std::less<>> units;

  std::string study_id;
  std::int64_t round = 0;
  int trials_done = 0;
  int trials_planned = 0;
  double step_progress = 0;
  std::string objective;
  std::string strategy;
  std::uint64_t seed = 0;

  std::optional<ScoredConfiguration> baseline;
  std::optional<ScoredConfiguration> incumbent;
  std::optional<ScoredConfiguration> candidate;
  // What the strategy's model expected of the candidate.
  std::optional<Prediction> predicted;
  std::optional<ScoredConfiguration> best_candidate;
  // The Pareto front of the round, where the objective has front metrics.
  std::vector<ScoredConfiguration> front;
  std::optional<Gain> gain;
  // The baseline as measured in turns with what was promoted first.
  std::optional<ScoredConfiguration> reference;

  // What the strategy's model makes of going on, and how much of the score's
  // variation each parameter takes part in, 0 to 1.
  std::optional<Outlook> outlook;
  std::map<std::string, double> importances;

  // The newest accepted window; nothing when the host is lost or the window is
  // too old to stand for the present.
  std::optional<MetricValues> latest;
  SlaCompliance compliance;
  // Since the newest accepted window, or since the host was reached after it;
  // nothing while no windows are awaited.
  std::optional<Duration> silence;
  SlaRequirements sla;
  ErrorBudget sla_budget;
  ErrorBudget exploration_budget;

  // Counters since the study began.
  std::array<std::int64_t, 4> trials_by_verdict{};
  std::array<std::int64_t, kDecisionReasonCount> decisions_by_reason{};
  // Counters since the daemon started.
  std::int64_t windows_accepted = 0;
  std::map<std::string, std::int64_t> windows_refused_by_reason;
  std::map<std::string, std::int64_t> host_failures_by_call;
  std::int64_t store_failures = 0;
  // Time that the strategy took: sum and number of suggestions.
  Duration suggestion_time{};
  std::int64_t suggestions = 0;
  // What the control loop took up (windows, commands, the passing of time), and
  // by how long all of that together came late.
  std::int64_t loop_events = 0;
  Duration loop_delay{};
  // Outcome of the newest reload of the settings, and how many went wrong.
  bool reload_ok = true;
  std::int64_t reload_failures = 0;
  // Writes of the audit log that failed, and calls that it lost by that.
  std::int64_t audit_failures = 0;
  std::int64_t audit_lost = 0;
};

}  // namespace trimtab
