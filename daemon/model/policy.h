// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/model/configuration.h"
#include "daemon/model/objective.h"
#include "daemon/model/search_space.h"
#include "daemon/model/sla.h"

namespace trimtab {

// What the daemon may do to the host.
enum class TuningMode { kObserve, kRecommend, kApprove, kAuto };
// "observe", "recommend", "approve", "auto".
const char* Name(TuningMode mode);

// Which earlier trials the search begins with, beside those that were imported.
enum class WarmStart {
  kNone,
  // The study's earlier rounds, and other studies of the same instance.
  kInstance,
  // Those of all instances of the service that are in the store.
  kService,
};

// What becomes of the host's configuration when the daemon is told to end.
enum class ShutdownPolicy {
  // Back to the last committed configuration, at once.
  kRestoreCommitted,
  // Back to the baseline.
  kRestoreBaseline,
};

// How long to wait and to measure.
struct MeasurePolicy {
  // Samples this soon after a change are thrown away.
  Duration settle = std::chrono::seconds(5);
  // Windows in a trial: at least, at most.
  int min_windows = 5;
  int max_windows = 30;
  // A trial with fewer requests than this says nothing.
  std::int64_t min_requests = 100;
  // A trial ends once the score's standard error is below this share of it.
  double target_relative_error = 0.02;
  // A trial ends as INCONCLUSIVE when no window came for this long.
  Duration window_timeout = std::chrono::seconds(15);
};

// Rules that forbid or end a trial.
struct GuardPolicy {
  // Windows in breach of the SLA, one after the other, that end a trial.
  int breach_windows = 2;
  // A candidate whose score is below the incumbent's by this share, with 95 %
  // confidence, is hopeless and ends early.
  double hopeless_ratio = 0.3;
  // Largest step of one numeric parameter from the incumbent, as a share of the
  // parameter's range; 1 allows all.
  double max_step_ratio = 1;
  // The host's configuration is changed so often within an hour at most, what goes
  // back counted but never delayed; a validation that has begun is ended. Zero: no
  // limit.
  int max_changes_per_hour = 0;
  // Share of the exploration's time that may be spent in breach of the SLA.
  double exploration_breach_ratio = 0.1;
  // Time in breach that is allowed whatever the share, so that the first
  // unlucky trial doesn't end the exploration.
  Duration exploration_breach_grace = std::chrono::seconds(30);
  // After a trial in breach of the SLA the host is on its committed
  // configuration until a window keeps the SLA again, before anything else is
  // measured; what still breaches it after this long is the incumbent's own
  // doing, and freezes tuning. Zero: no wait.
  Duration recovery = std::chrono::seconds(30);
  // Windows of the incumbent in breach, one after the other, that freeze
  // tuning.
  int freeze_windows = 5;
  // Windows of the incumbent without breach that end a freeze.
  int thaw_windows = 10;
  // Pin a baseline and tune even though the host's own configuration breaches
  // the SLA.
  bool allow_breaching_baseline = false;
};

// When a candidate is good enough.
struct ValidationPolicy {
  // Pairs of windows groups, incumbent against candidate, in the order ABBA.
  int pairs = 6;
  // Windows in each half of a pair.
  int windows_per_half = 3;
  // Candidates of a round that are validated, best first, until one is proven.
  int finalists = 2;
  // Share of comparisons of equal configurations that may promote.
  double false_positive_ratio = 0.05;
  // The gain's confidence interval must clear this.
  double min_gain_ratio = 0.02;
};

// After a promotion.
struct HoldPolicy {
  // A promotion is taken back when, within this time, the score is worse than
  // that of the configuration before.
  Duration probation = std::chrono::minutes(5);
  // Page-Hinkley test on the incumbent's standardised score: tolerated drift
  // and threshold, in standard deviations.
  double drift_delta = 0.25;
  double drift_lambda = 50;
  // Least time between the end of a round and the next one.
  Duration min_dwell = std::chrono::minutes(30);
  // Begin a new round after this long even without drift; zero for never.
  Duration retune_after{};
};

// Everything that the control loop is told by the operator. Immutable; a reload
// replaces it as a whole.
struct TuningPolicy {
  TuningMode mode = TuningMode::kAuto;
  // Begin to tune at start; else wait in STOPPED for a command.
  bool autostart = true;
  ObjectiveSpec objective;
  SlaRequirements sla;
  // Share of the time that may be in breach of the SLA.
  double sla_budget_ratio = 0.001;
  SearchSpace space;
  // Parameters held at a value during tuning.
  Configuration fixed;
  std::string strategy = "bayes";
  std::uint64_t seed = 1;
  WarmStart warm_start = WarmStart::kService;
  // Candidates in a round.
  int max_trials = 256;
  // The incumbent is measured again after so many candidates; 0 for never.
  int incumbent_every = 8;
  // How long the host keeps an unproven configuration without hearing from us.
  Duration lease = std::chrono::seconds(15);
  MeasurePolicy measure;
  GuardPolicy guard;
  ValidationPolicy validation;
  HoldPolicy hold;
  // Wait this long before asking again for what failed on the host's side:
  // first, and at most.
  Duration retry_initial = std::chrono::milliseconds(500);
  Duration retry_max = std::chrono::seconds(30);
  ShutdownPolicy shutdown = ShutdownPolicy::kRestoreCommitted;
  // Windows come from the host's own benchmark, which it must have.
  bool needs_benchmark = false;
};

}  // namespace trimtab
