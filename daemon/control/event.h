// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/control/effect.h"
#include "daemon/model/host.h"
#include "daemon/model/window.h"
#include "daemon/ports/trial_store.h"
#include "daemon/ports/tuner_control.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// What happens to the loop: time, windows, commands, and the results of its own
// effects.
namespace event {

// Time has passed.
struct Tick {};

// A study as loaded from the store. Of one that was loaded before there are only
// checkpoint and intent: the loop has the rest in hand.
struct LoadedStudy {
  std::string id;
  std::optional<Checkpoint> checkpoint;
  // Of the host's study before this one, where there was another.
  std::optional<Checkpoint> before;
  std::optional<Intent> intent;
  // All of the present round and all imported ones, oldest first.
  std::vector<Trial> round_trials;
  // What they teach, where the strategy has a model.
  std::optional<Appraisal> appraisal;
  std::int64_t last_trial_id = 0;
  std::int64_t last_decision_id = 0;
  std::array<std::int64_t, 4> trials_by_verdict{};
  std::array<std::int64_t, kDecisionReasonCount> decisions_by_reason{};
};
// Results of effect::Connect.
struct Connected {
  HostDescription description;
  ConfigState config;
  std::string tuner_id;
  LoadedStudy study;
};
struct ConnectFailed {
  absl::Status status;
  // The store failed, not the host.
  bool store = false;
};
// Results of effect::Suggest.
struct Suggested {
  // Nothing: the space is exhausted.
  std::optional<Suggestion> suggestion;
  // Of the same trials. Nothing: the strategy has no model.
  std::optional<Appraisal> appraisal = {};
  // Why the strategy can't be asked.
  absl::Status status = {};
};
// Results of effect::Appraise.
struct Appraised {
  // Nothing: the strategy has no model.
  std::optional<Appraisal> appraisal;
  // Why the strategy can't be asked.
  absl::Status status = {};
};
// Results of effect::Apply.
struct Applied {
  ApplyPurpose purpose;
  ApplyRequest request;
  ApplyResult result;
  // As in effect::Apply.
  std::optional<Decision> decision = {};
};
struct ApplyFailed {
  ApplyPurpose purpose;
  absl::Status status;
};
// Results of effect::Renew.
struct Renewed {
  ConfigState config;
};
struct RenewFailed {
  absl::Status status;
};
// Results of effect::Commit.
struct Committed {
  ApplyPurpose purpose = ApplyPurpose::kPromote;
  ConfigState config;
  // As in effect::Commit.
  std::string reason = {};
  std::optional<Decision> decision = {};
};
struct CommitFailed {
  ApplyPurpose purpose = ApplyPurpose::kPromote;
  absl::Status status;
};
// Results of effect::ReadConfig.
struct ConfigRead {
  ConfigState config;
  // As in effect::ReadConfig.
  bool raced = false;
};
struct ConfigReadFailed {
  absl::Status status;
};
// A record or an intent could not be stored.
struct StoreFailed {
  absl::Status status;
  // The change that was to follow was not made.
  bool prevented = false;
};

// From the collector.
struct WindowClosed {
  HostWindow window;
};
struct WindowMalformed {
  std::string reason;
};
struct StreamBroken {
  absl::Status status;
};

// From an operator. A rollback's target is resolved by the runner.
struct Commanded {
  Command command;
  std::string actor;
  std::optional<Configuration> rollback_target;
};
// The settings are about to be replaced; the policy given to Advance is the old
// one, under which the host is left as it is to be.
struct PolicyEnds {};
// The settings were replaced; the policy given to Advance is the new one.
struct PolicyChanged {};
// The daemon is to end.
struct ShutDown {};

}  // namespace event

using Event =
    std::variant<event::Tick, event::Connected, event::ConnectFailed, event::Suggested,
                 event::Appraised, event::Applied, event::ApplyFailed, event::Renewed,
                 event::RenewFailed, event::Committed, event::CommitFailed, event::ConfigRead,
                 event::ConfigReadFailed, event::StoreFailed, event::WindowClosed,
                 event::WindowMalformed, event::StreamBroken, event::Commanded, event::PolicyEnds,
                 event::PolicyChanged, event::ShutDown>;

}  // namespace trimtab::control
