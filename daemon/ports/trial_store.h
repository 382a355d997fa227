// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/model/decision.h"
#include "daemon/model/trial.h"

namespace trimtab {

// What a study is about. Equal keys continue one study.
struct StudyKey {
  std::string host_service;
  std::string host_instance;
  // ObjectiveSpec::ToString().
  std::string objective;
  // SearchSpace::Fingerprint() with the fixed parameters.
  std::uint64_t space_fingerprint = 0;

  friend bool operator==(const StudyKey&, const StudyKey&) = default;
};

struct Study {
  std::string id;
  StudyKey key;
  WallTime created_at;
  // The study of the same host whose checkpoint was saved last; empty where that
  // is this one, or there is none.
  std::string before = {};
};

// Where a study stands; saved as a whole, so that a restarted daemon goes on.
struct Checkpoint {
  std::int64_t round = 0;
  // The round is not finished.
  bool round_open = false;
  // When tuning came to rest on what it holds; nothing while a round goes on.
  std::optional<WallTime> round_ended;
  // Candidates tried in the round.
  int trials_in_round = 0;
  // The round's exploration is over: its finalists are validated.
  bool explored = false;
  // Finalists of the round that were validated, or refused by an operator.
  std::vector<Configuration> judged;
  // Candidates since the incumbent was measured last.
  int since_incumbent = 0;
  // Trials in a row that said nothing.
  int empty_trials = 0;
  // Candidates of the round that the guards refused.
  int refused_candidates = 0;
  // Suggestions in a row that came with the advice to stop.
  int settled_suggestions = 0;
  // Of the study, and of the round. The share allowed is the policy's and isn't
  // stored.
  ErrorBudget sla_budget;
  ErrorBudget exploration_budget;
  // As told with the newest suggestion, and at the end of the newest
  // exploration.
  std::optional<Outlook> outlook;
  std::map<std::string, double> importances;
  std::optional<ScoredConfiguration> baseline;
  std::optional<ScoredConfiguration> incumbent;
  // Committed before the incumbent; what a failed probation goes back to. Set
  // until the probation is over.
  std::optional<ScoredConfiguration> previous;
  // Of the incumbent over the baseline, as validated, and the baseline as it was
  // measured in turns with what was promoted first.
  std::optional<Gain> gain;
  std::optional<ScoredConfiguration> reference;
  // Set by an operator, and kept over restarts.
  bool stopped = false;
  bool paused = false;
  // Why, of a pause and of a stop.
  std::string pause_reason;
  // When a pause ends by itself.
  std::optional<WallTime> paused_until;
  bool pinned = false;

  // Until it is ended or, where told, a moment. An earlier pause's end is gone.
  void Pause(std::string reason, std::optional<WallTime> until = {}) {
    paused = true;
    pause_reason = std::move(reason);
    paused_until = until;
  }
  void EndPause() {
    paused = false;
    pause_reason.clear();
    paused_until.reset();
  }
  // What an operator said of the host, as another study of it has it.
  void TakeWord(const Checkpoint& other) {
    stopped = other.stopped;
    paused = other.paused;
    pause_reason = other.pause_reason;
    paused_until = other.paused_until;
    pinned = other.pinned;
  }
  void ForgetGain() {
    gain.reset();
    reference.reset();
  }
};

// A change of the host that is about to be made. Stored before it is made and
// cleared after, so that a crash in between is known at the next start.
struct Intent {
  enum class Kind { kTrial, kCommit, kRestore, kRollback, kPin };
  Kind kind = Kind::kTrial;
  Configuration config;
  std::int64_t expected_generation = 0;
  WallTime made_at;
};

// Keeps studies over restarts. Every call is durable when it returns OK and
// has changed nothing when it returns an error: RESOURCE_EXHAUSTED for a full
// disk, UNAVAILABLE for a lock that was not given in time, DATA_LOSS for a
// damaged store, NOT_FOUND for an unknown study, INVALID_ARGUMENT for an id
// that isn't new. Thread-safe; a reader never blocks a writer.
class TrialStore {
 public:
  virtual ~TrialStore() = default;

  // The identity of this tuner, made at first use and the same ever after.
  virtual absl::StatusOr<std::string> TunerId() = 0;

  // The study with this key, made when there is none. Of all studies the
  // `kMaxStudies` made last are kept, and the one before on the same host.
  static constexpr int kMaxStudies = 100;
  virtual absl::StatusOr<Study> OpenStudy(const StudyKey& key, WallTime now) = 0;

  // Nothing when none was saved.
  virtual absl::StatusOr<std::optional<Checkpoint>> LoadCheckpoint(const std::string& study) = 0;
  virtual absl::Status SaveCheckpoint(const std::string& study, const Checkpoint& checkpoint) = 0;

  virtual absl::StatusOr<std::optional<Intent>> LoadIntent(const std::string& study) = 0;
  virtual absl::Status SaveIntent(const std::string& study, const Intent& intent) = 0;
  virtual absl::Status ClearIntent(const std::string& study) = 0;

  // `trial.id` must be greater than every stored one of the study. Of a study's
  // trials, and of its decisions, the newest `kMaxRecords` are kept; older ones go
  // with every `kPruneEvery`th id and when the study is opened.
  static constexpr int kMaxRecords = 10000;
  static constexpr int kPruneEvery = 64;
  virtual absl::Status AppendTrial(const std::string& study, const Trial& trial) = 0;
  // `decision.id` likewise.
  virtual absl::Status AppendDecision(const std::string& study, const Decision& decision) = 0;
  // Keeps the figures of one window; of all windows of a study, the newest
  // `kMaxWindows` are kept. The histogram isn't.
  static constexpr int kMaxWindows = 10000;
  virtual absl::Status AppendWindow(const std::string& study, std::int64_t trial_id,
                                    const HostWindow& window) = 0;

  // Trials with an id below `before_id` (0: all), newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<Trial>> ListTrials(const std::string& study,
                                                        std::int64_t before_id, int limit) = 0;
  virtual absl::StatusOr<std::vector<Decision>> ListDecisions(const std::string& study,
                                                              std::int64_t before_id,
                                                              int limit) = 0;
  // Studies of a service, the one made last first, at most `limit`; without what
  // was `before` each.
  virtual absl::StatusOr<std::vector<Study>> ListStudies(const std::string& service, int limit) = 0;
  // Stored windows, newest first.
  virtual absl::StatusOr<std::vector<HostWindow>> ListWindows(const std::string& study,
                                                              int limit) = 0;
};

}  // namespace trimtab
