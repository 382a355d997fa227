// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <vector>

#include "client/host/config_state.h"
#include "client/host/registry.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::host {

// What became of one parameter of an ApplyConfig.
enum class OutcomeKind { kApplied, kClamped, kIgnored, kRestartNeeded, kRejected };
struct ParameterOutcome {
  std::string name;
  OutcomeKind kind = OutcomeKind::kApplied;
  Value requested;
  std::optional<Value> in_force;
  std::string message;
};

// A tuner's wish.
struct ApplyCall {
  Values values;
  std::int64_t expected_generation = 0;
  // Zero: commit at once.
  Duration lease{};
  bool dry_run = false;
  std::string reason;
  std::string tuner_id;
};
struct ApplyResult {
  bool applied = false;
  ConfigView view;
  std::vector<ParameterOutcome> outcomes;
};

// Puts configurations into force: calls the parameters' callbacks and keeps the
// ConfigState in step, and returns to the committed configuration by a thread
// of its own when a lease runs out. Changes are made one at a time; reading
// doesn't wait for them. Thread-safe.
class ConfigController {
 public:
  struct Hooks {
    // Told of each new generation, once its values are in force and before
    // anybody can read it; must return at once.
    std::function<void(std::int64_t)> on_generation;
    // As HostOptions::log; may be empty.
    std::function<void(const std::string&)> log;
  };

  // `registry` and `clock` must outlive this.
  ConfigController(const Registry& registry, Clock& clock, Duration max_lease, Hooks hooks);
  ~ConfigController() { Stop(); }

  // Begins to watch the lease.
  void Start();
  // Returns to the committed configuration, if a callback lets it. Idempotent.
  void Stop();

  absl::StatusOr<ApplyResult> Apply(const ApplyCall& call);
  absl::StatusOr<ConfigView> Renew(const std::string& tuner_id, std::int64_t generation,
                                   Duration lease);
  absl::StatusOr<ConfigView> Commit(const std::string& tuner_id, std::int64_t generation);
  absl::Status Edit(const Values& values);
  ConfigView View() const;

 private:
  void WatchLease(std::stop_token stop);
  void ReturnIfDue() TRIMTAB_REQUIRES(changes_);
  void Return() TRIMTAB_REQUIRES(changes_);
  absl::Status Admit(const std::string& tuner_id, std::int64_t generation)
      TRIMTAB_REQUIRES(changes_);
  // Fills the outcomes and the values wanted; false when something is refused.
  bool JudgeAll(const Values& requested, const Values& present, ApplyResult* result,
                Values* wanted) const;
  // Puts `wanted` into force for a tuner, or undoes it.
  void Perform(const ApplyCall& call, const Values& wanted, ApplyResult* result)
      TRIMTAB_REQUIRES(changes_);
  // After a failed change that a callback also refused to undo.
  void Recover(const Values& in_force) TRIMTAB_REQUIRES(changes_);
  void Announce() TRIMTAB_REQUIRES(mutex_);
  Values InForce() const;
  void Log(const std::string& line) const;

  const Registry& registry_;
  Clock& clock_;
  const Duration max_lease_;
  const Hooks hooks_;

  // Held over a whole change, callbacks included; taken before mutex_.
  Mutex changes_;
  mutable Mutex mutex_;
  CondVar lease_changed_;
  ConfigState state_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t announced_ TRIMTAB_GUARDED_BY(mutex_);
  OwnedThread thread_;
};

}  // namespace trimtab::host
