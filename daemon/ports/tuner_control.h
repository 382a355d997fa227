// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/model/decision.h"
#include "daemon/model/status.h"
#include "daemon/model/trial.h"
#include "daemon/ports/trial_store.h"

namespace trimtab {

// What an operator can ask of the control loop. `actor` is who asks.
namespace command {
struct Start {};
struct Pause {
  // Nothing: until resumed.
  std::optional<Duration> length;
  std::string reason;
};
struct Resume {};
struct Stop {
  std::string reason;
};
struct Rollback {
  // Decision whose old configuration to go back to; 0 for the baseline.
  std::int64_t decision_id = 0;
  std::string reason;
};
struct Pin {
  Configuration config;
  std::string reason;
};
struct Approve {
  std::string reason;
};
struct Reject {
  std::string reason;
};
struct Import {
  std::vector<Trial> trials;
};
}  // namespace command
using Command =
    std::variant<command::Start, command::Pause, command::Resume, command::Stop, command::Rollback,
                 command::Pin, command::Approve, command::Reject, command::Import>;

// How many trials an import took over.
struct ImportResult {
  int imported = 0;
  int skipped = 0;
};

// The control loop as seen from the outside. Thread-safe.
class TunerControl {
 public:
  virtual ~TunerControl() = default;

  // The newest published status; never null.
  virtual std::shared_ptr<const TunerStatus> Status() const = 0;

  // For how long the loop hasn't gone round. It does so each second while it is
  // well and not in the middle of a call to the host.
  virtual Duration SinceLastRound() const = 0;

  // Calls `listener` after every publication, on the control thread: it must
  // return at once. The listener is gone when the returned handle is; no call
  // is in progress then.
  virtual std::shared_ptr<void> Listen(std::function<void()> listener) = 0;

  // Hands a command to the loop. `done` is called once, on the control thread,
  // with the result: FAILED_PRECONDITION when the state doesn't allow the
  // command, INVALID_ARGUMENT for a bad one, UNAVAILABLE when the loop is
  // ending or its queue is full.
  // `taken_up`, if given, is called on the control thread right before: the
  // status is then what it was before the command, as it is in `done` what it is
  // after it. It is not called for a command that doesn't get so far.
  using Done = std::function<void(absl::StatusOr<ImportResult>)>;
  using TakenUp = std::function<void()>;
  virtual void Execute(Command command, std::string actor, TakenUp taken_up, Done done) = 0;

  // Pages of the study's history, as in TrialStore. FAILED_PRECONDITION before
  // the host has been reached for the first time.
  virtual absl::StatusOr<std::vector<Trial>> Trials(std::int64_t before_id, int limit) = 0;
  virtual absl::StatusOr<std::vector<Decision>> Decisions(std::int64_t before_id, int limit) = 0;
  virtual absl::StatusOr<Study> CurrentStudy() = 0;
  // The space that is searched at present.
  virtual SearchSpace Space() const = 0;
};

}  // namespace trimtab
