// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>
#include <variant>

#include "daemon/model/decision.h"
#include "daemon/model/host.h"
#include "daemon/model/trial.h"
#include "daemon/ports/journal.h"
#include "daemon/ports/trial_store.h"
#include "daemon/ports/tuner_control.h"

namespace trimtab::control {

// Why a configuration is applied.
enum class ApplyPurpose {
  // A segment begins.
  kTrial,
  // Back to the committed configuration; to be committed next, so that its lease
  // falls away.
  kRestore,
  // The proven configuration again, on a host that restarted; to be committed
  // next.
  kReapply,
  // A proven candidate, to be committed next.
  kPromote,
  // An operator's rollback, or one that a failed probation demands; to be
  // committed next.
  kRollback,
  // An operator's pin, to be committed next.
  kPin,
};

// What the loop wants done. Performed in order by the runner; the result of
// each comes back as an event before the next one is performed.
namespace effect {

// Describe the host, read its configuration, open and load its study.
struct Connect {};
// Ask the strategy for the next candidate of the round.
struct Suggest {
  // What the round began with, empty when there is nothing yet.
  Configuration start;
};
// Ask the strategy what the round's trials teach.
struct Appraise {};
// Store the intent, then apply. Without a lease the intent is cleared after.
struct Apply {
  ApplyPurpose purpose = ApplyPurpose::kTrial;
  ApplyRequest request;
  // Recorded once the change is committed.
  std::optional<Decision> decision = {};
};
struct Renew {
  std::int64_t generation = 0;
  Duration lease{};
};
// Commit what was applied under a lease for `purpose`: kPromote, kPin, kRollback,
// kReapply or, the way back, kRestore. The intent is cleared after.
struct Commit {
  ApplyPurpose purpose = ApplyPurpose::kPromote;
  std::int64_t generation = 0;
  // Of the change that is committed, as in Apply.
  std::string reason = {};
  std::optional<Decision> decision = {};
};
struct ReadConfig {
  // A change was refused because of the generation that it named.
  bool raced = false;
};
struct RecordTrial {
  Trial trial;
};
struct RecordDecision {
  Decision decision;
};
struct RecordWindow {
  std::int64_t trial_id = 0;
  HostWindow window;
};
struct SaveCheckpoint {
  Checkpoint checkpoint;
};
// A way back or a pin that was under way is no longer wanted.
struct ForgetIntent {};
struct Note {
  Journal::Level level = Journal::Level::kInfo;
  std::string message;
};
// The answer to the command in progress.
struct Reply {
  absl::Status status;
  ImportResult import;
};
// The loop is done; nothing follows.
struct Finish {};

}  // namespace effect

using Effect = std::variant<effect::Connect, effect::Suggest, effect::Appraise, effect::Apply,
                            effect::Renew, effect::Commit, effect::ReadConfig, effect::RecordTrial,
                            effect::RecordDecision, effect::RecordWindow, effect::SaveCheckpoint,
                            effect::ForgetIntent, effect::Note, effect::Reply, effect::Finish>;

}  // namespace trimtab::control
