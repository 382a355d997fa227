// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/control/segment.h"
#include "daemon/measure/drift.h"
#include "daemon/model/host.h"
#include "daemon/model/status.h"
#include "daemon/ports/trial_store.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// The phases of the loop (design §5). Each says why the daemon isn't tuning,
// where it isn't.
namespace phase {

// Reaching the host for the first time, or after it was lost.
struct Connecting {
  int attempts = 0;
  MonotonicTime retry_at;
  std::string reason;
};
// Measuring the configuration that the host came with.
struct Baseline {
  Segment segment;
  // Why an attempt before said nothing.
  std::string reason;
};
// Trying candidates; at times measuring the incumbent again.
struct Exploring {
  // Nothing while a suggestion, or once all was explored an appraisal, is asked
  // for.
  std::optional<Segment> segment;
};
// Back on the committed configuration after a trial in breach of the SLA, or one
// that the host did not take, until the host has worked off what the trial left
// behind; and for as long as nobody asks it for anything.
struct Recovering {
  MonotonicTime until;
  std::string reason;
  // A window with requests has come.
  bool heard = false;
};
// Comparing a candidate with the incumbent in the order ABBA, incumbent first.
struct Validating {
  ScoredConfiguration candidate;
  // Scores of the halves done, in order.
  std::vector<double> halves;
  std::vector<std::int64_t> trial_ids;
  // Of the incumbent's halves and of the candidate's, taken together.
  WindowMerger incumbent_windows;
  WindowMerger candidate_windows;
  // The candidate is what the incumbent replaced: the probation's last word.
  bool probation = false;
  // Halves in a row that said nothing.
  int retries = 0;
  Segment segment;
};
// Proven better; the operator has the word (mode `approve`).
struct AwaitingApproval {
  ScoredConfiguration candidate;
  // The incumbent, as measured in turns with it.
  ScoredConfiguration reference;
  Gain gain;
  std::vector<std::int64_t> trial_ids;
};
// Applying and committing a proven candidate.
struct Promoting {
  int attempts = 0;
  ScoredConfiguration candidate;
  ScoredConfiguration reference;
  Gain gain;
  std::vector<std::int64_t> trial_ids;
  std::string actor;
  // What who approved it had to say.
  std::string approval = {};
};
// On the best proven configuration.
struct Holding {
  MonotonicTime since;
  // While it is being told whether a promotion keeps its promise.
  std::optional<MonotonicTime> probation_until;
  RunningStats probation_scores;
  // Requests finished without an error, per second, in the same windows.
  RunningStats probation_load;
};
struct Paused {
  std::string reason;
  // When the loop begins again with connecting; nothing: not before it is
  // resumed. The same moment on both clocks.
  std::optional<Moment> until;
  // It is the operator's own pause, which is over then, whatever was done to the
  // wall clock meanwhile.
  bool operators = false;
};
// The incumbent itself breaches the SLA.
struct Frozen {
  std::string reason;
  int good_windows = 0;
};
struct HostLost {
  int attempts = 0;
  MonotonicTime retry_at;
  std::string reason;
};
struct Stopped {
  std::string reason;
};

}  // namespace phase

using Phase =
    std::variant<phase::Connecting, phase::Baseline, phase::Exploring, phase::Recovering,
                 phase::Validating, phase::AwaitingApproval, phase::Promoting, phase::Holding,
                 phase::Paused, phase::Frozen, phase::HostLost, phase::Stopped>;

// What is learnt of the incumbent while it is held, whatever interrupts it.
struct IncumbentWatch {
  Configuration config;
  DriftDetector drift{0, 0};
  // The score has drifted.
  bool drifted = false;
};

// What is known of the host.
struct HostView {
  HostDescription description;
  ConfigState config;
  std::int64_t last_sequence = 0;
  // Who committed what is committed, as the host said when nothing else was in
  // force; nothing while that is not known. A host that goes back when a lease
  // runs out names them again.
  std::optional<ConfigSetter> committed_by;

  // What the host says of its configuration now.
  void Take(ConfigState state) {
    config = std::move(state);
    if (config.config == config.committed && !config.lease_remaining) {
      committed_by = config.setter();
    }
  }
};

// Everything that the control loop knows. A value; changed by Advance alone.
struct State {
  Phase phase = phase::Connecting{};
  // Identity of this tuner towards hosts.
  std::string tuner_id;
  std::optional<HostView> host;
  std::string study_id;
  // What is saved of the study.
  Checkpoint study;
  std::int64_t next_trial_id = 1;
  std::int64_t next_decision_id = 1;
  // Trials of the present round, imported ones included, in order.
  std::vector<Trial> round_trials;
  // What the strategy's model makes of the round's trials, as told with the newest
  // suggestion or at the end of the exploration; nothing without a model.
  std::optional<Appraisal> appraisal;
  // The study has changed since its checkpoint was saved; the next tick saves
  // it.
  bool checkpoint_due = false;
  // Time added to the budgets since then.
  Duration unsaved_budget{};
  // Made anew with a round, another incumbent and other settings.
  std::optional<IncumbentWatch> watch;
  // Checkpoint::round_ended on the monotonic clock.
  std::optional<MonotonicTime> round_ended;
  // Windows of the committed configuration in breach, one after the other.
  int incumbent_breach_run = 0;
  // When the lease, and with it our hold on the host, is to be renewed.
  std::optional<MonotonicTime> renew_at;
  // When the host's configuration was changed, of the last hour the newest so
  // many as the guard allows.
  std::deque<MonotonicTime> changes;
  // The candidate of which a validation was given up because nobody asked the
  // host for anything.
  std::optional<Configuration> silenced;
  // When a failure of the store was last told of while nothing depended on it.
  std::optional<MonotonicTime> store_failure_noted;

  // The newest usable window and when it came.
  std::optional<HostWindow> latest;
  MonotonicTime latest_at;
  MonotonicTime connected_at;
  // When a silent host was last asked whether it is there.
  MonotonicTime asked_at;
  SlaCompliance latest_compliance;

  std::array<std::int64_t, 4> trials_by_verdict{};
  std::array<std::int64_t, kDecisionReasonCount> decisions_by_reason{};
  std::int64_t windows_accepted = 0;
  // Why the windows since the newest usable one were no use; empty when none
  // came.
  std::string newest_refusal;
  std::map<std::string, std::int64_t> windows_refused;
};

}  // namespace trimtab::control
