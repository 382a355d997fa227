// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/control/publish.h"
#include "daemon/control/step.h"

namespace trimtab::control {
namespace {

// Each suggestion learns from all of them, and none is ever let go.
constexpr std::size_t kMaxImported = 10000;

std::string ModeRefusal(const TuningPolicy& policy) {
  return fmt::format("in the mode '{}' nothing is ever applied to the host", Name(policy.mode));
}

// Performs one command; `actor` is who asked.
class Commander {
 public:
  Commander(Step& step, const event::Commanded& event) : step_(step), event_(event) {}

  void operator()(const command::Start&) {
    if (step_.policy.mode == TuningMode::kObserve) return Refuse(ModeRefusal(step_.policy));
    const bool holding = std::holds_alternative<phase::Holding>(step_.state.phase);
    const bool stopped = std::holds_alternative<phase::Stopped>(step_.state.phase);
    if (!holding && !stopped) return RefuseState("start", "holding or stopped");
    DecideCommand("tuning was started");
    study().EndPause();
    study().stopped = study().pinned = false;
    SaveCheckpoint(step_);
    step_.Reply(absl::OkStatus());
    if (!study().baseline) return EnterBaseline(step_);
    if (MayApply(step_.policy)) return BeginRound(step_);
    EnterHolding(step_);
    AskSuggestion(step_);
  }

  void operator()(const command::Pause& pause) {
    if (!Known()) return RefuseState("pause", "any once the host was reached");
    if (std::holds_alternative<phase::Stopped>(step_.state.phase)) {
      return RefuseState("pause", "any in which tuning goes on");
    }
    if (pause.length && *pause.length <= Duration::zero()) {
      return step_.Reply(absl::InvalidArgumentError("the length of a pause must be positive"));
    }
    const std::string reason =
        "paused by " + event_.actor + (pause.reason.empty() ? "" : ": " + pause.reason);
    AbortSegment(step_, Verdict::kInconclusive, reason);
    if (Reachable()) RestoreCommitted(step_, reason);
    DecideCommand(reason);
    std::optional<WallTime> until;
    if (pause.length) {
      until = step_.now.wall + std::chrono::duration_cast<WallTime::duration>(*pause.length);
    }
    study().Pause(reason, until);
    SaveCheckpoint(step_);
    // A host that is lost is reached first; then the pause goes on.
    if (Reachable()) EnterOperatorsPause(step_, pause.length);
    step_.Reply(absl::OkStatus());
  }

  void operator()(const command::Resume&) {
    if (!std::holds_alternative<phase::Paused>(step_.state.phase)) {
      return RefuseState("resume", "paused");
    }
    DecideCommand("tuning was resumed");
    study().EndPause();
    study().pinned = false;
    SaveCheckpoint(step_);
    step_.Reply(absl::OkStatus());
    // Whatever the pause was for, the host may have changed meanwhile.
    Reconnect(step_, "resumed");
  }

  void operator()(const command::Stop& stop) {
    if (!Known()) return RefuseState("stop", "any once the host was reached");
    const std::string reason =
        "stopped by " + event_.actor + (stop.reason.empty() ? "" : ": " + stop.reason);
    AbortSegment(step_, Verdict::kInconclusive, reason);
    if (Reachable()) RestoreCommitted(step_, reason);
    DecideCommand(reason);
    study().EndPause();
    study().stopped = true;
    study().pause_reason = reason;
    SaveCheckpoint(step_);
    if (Reachable()) {
      step_.state.renew_at.reset();
      step_.state.phase = phase::Stopped{reason};
    }
    step_.Reply(absl::OkStatus());
  }

  void operator()(const command::Rollback& rollback) {
    if (!MayApply(step_.policy)) return Refuse(ModeRefusal(step_.policy));
    if (!Reachable()) return RefuseState("rollback", "any in which the host answers");
    std::optional<Configuration> target = event_.rollback_target;
    if (rollback.decision_id == 0 && study().baseline) target = study().baseline->config;
    if (!target) return Refuse("there is no baseline to go back to yet");
    // The rules bind what is tried and pinned. What was committed once may be gone
    // back to, whatever rule came after it.
    const std::string reason =
        "rolled back by " + event_.actor + (rollback.reason.empty() ? "" : ": " + rollback.reason);
    AbortSegment(step_, Verdict::kInconclusive, reason);
    const Configuration before = step_.state.host->config.committed;
    // Saved first: interrupted, the rollback is completed and the pause stays.
    study().Pause(event_.actor + " asked for a rollback; resume to tune again");
    SaveCheckpoint(step_);
    EnterOperatorsPause(step_, std::nullopt);
    ApplyToCommit(step_, ApplyPurpose::kRollback, *target, reason,
                  Decision{.reason = DecisionReason::kOperatorRollback,
                           .explanation = reason + ": " + DescribeChange(before, *target),
                           .old_config = before,
                           .new_config = *target,
                           .actor = event_.actor});
  }

  void operator()(const command::Pin& pin) {
    if (!MayApply(step_.policy)) return Refuse(ModeRefusal(step_.policy));
    if (!Reachable()) return RefuseState("pin", "any in which the host answers");
    const Configuration before = step_.state.host->config.committed;
    for (const auto& [name, value] : pin.config) {
      if (before.Find(name) == nullptr) {
        return step_.Reply(
            Error(absl::StatusCode::kInvalidArgument, "the host has no parameter '{}'", name));
      }
    }
    const Configuration target = before.With(pin.config);
    if (absl::Status status = step_.policy.space.CheckRules(target); !status.ok()) {
      return step_.Reply(status);
    }
    const std::string reason = event_.actor + (pin.reason.empty() ? "" : ": " + pin.reason);
    AbortSegment(step_, Verdict::kInconclusive, "pinned by " + reason);
    EnterPaused(step_, "pinning a configuration", step_.policy.retry_max);
    ApplyToCommit(
        step_, ApplyPurpose::kPin, target, reason,
        Decision{.reason = DecisionReason::kOperatorPin,
                 .explanation = "pinned by " + reason + ": " + DescribeChange(before, target),
                 .old_config = before,
                 .new_config = target,
                 .actor = event_.actor});
  }

  void operator()(const command::Approve& approve) {
    auto* awaiting = std::get_if<phase::AwaitingApproval>(&step_.state.phase);
    if (awaiting == nullptr) return RefuseState("approve", "awaiting_approval");
    phase::Promoting promotion{.candidate = awaiting->candidate,
                               .reference = awaiting->reference,
                               .gain = awaiting->gain,
                               .trial_ids = awaiting->trial_ids,
                               .actor = event_.actor,
                               .approval = approve.reason};
    // Answered when it is made, or has failed.
    BeginPromotion(step_, std::move(promotion));
  }

  void operator()(const command::Reject& reject) {
    auto* awaiting = std::get_if<phase::AwaitingApproval>(&step_.state.phase);
    if (awaiting == nullptr) return RefuseState("reject", "awaiting_approval");
    const Configuration& committed = step_.state.host->config.committed;
    Decide(step_, DecisionReason::kRejected,
           {.explanation =
                "refused by " + event_.actor + (reject.reason.empty() ? "" : ": " + reject.reason),
            .old_config = awaiting->candidate.config,
            .new_config = committed,
            .expected_gain = awaiting->gain,
            .trial_ids = awaiting->trial_ids,
            .actor = event_.actor});
    study().judged.push_back(awaiting->candidate.config);
    SaveCheckpoint(step_);
    NextFinalist(step_);
    step_.Reply(absl::OkStatus());
  }

  void operator()(const command::Import& import) {
    if (!step_.state.host || step_.state.study_id.empty()) {
      return Refuse("there is no study before the host has been reached");
    }
    // The same trial, not the same configuration: what was measured here and there
    // tells how alike the two are.
    const auto key = [](const Trial& trial) {
      return std::pair(trial.config.Fingerprint(), trial.started_at);
    };
    std::set<std::pair<std::uint64_t, WallTime>> known;
    std::size_t held = 0;
    for (const Trial& trial : step_.state.round_trials) {
      known.insert(key(trial));
      held += trial.purpose == TrialPurpose::kImported;
    }
    ImportResult result;
    std::vector<Trial> fresh;
    for (const Trial& trial : import.trials) {
      if (known.insert(key(trial)).second) {
        fresh.push_back(trial);
      } else {
        ++result.skipped;
      }
    }
    if (held + fresh.size() > kMaxImported) {
      return step_.Reply(Error(absl::StatusCode::kResourceExhausted,
                               "the study holds {} imported trials, and {} more would be above "
                               "the {} that it may hold; nothing was imported",
                               held, fresh.size(), kMaxImported));
    }
    for (Trial& trial : fresh) {
      trial.id = step_.state.next_trial_id++;
      trial.round = std::max<std::int64_t>(1, study().round);
      trial.purpose = TrialPurpose::kImported;
      step_.state.round_trials.push_back(trial);
      step_.Emit(effect::RecordTrial{std::move(trial)});
      ++result.imported;
    }
    // Ids ascend in the order in which trials are stored.
    Segment* running = ActiveSegment(step_.state);
    if (running != nullptr && result.imported > 0) running->trial_id = step_.state.next_trial_id++;
    const bool recommends = step_.policy.mode == TuningMode::kRecommend &&
                            std::holds_alternative<phase::Holding>(step_.state.phase);
    if (recommends && result.imported > 0) AskSuggestion(step_);
    step_.Emit(effect::Reply{absl::OkStatus(), result});
  }

 private:
  Checkpoint& study() { return step_.state.study; }

  // A study is in hand, though the host may be lost at present.
  bool Known() const { return step_.state.host && !step_.state.study_id.empty(); }

  bool Reachable() const {
    return step_.state.host && !std::holds_alternative<phase::Connecting>(step_.state.phase) &&
           !std::holds_alternative<phase::HostLost>(step_.state.phase);
  }

  void DecideCommand(const std::string& explanation) {
    const Configuration config =
        step_.state.host ? step_.state.host->config.committed : Configuration{};
    Decide(step_, DecisionReason::kOperatorCommand,
           {.explanation = explanation,
            .old_config = config,
            .new_config = config,
            .actor = event_.actor});
  }

  void Refuse(const std::string& why) { step_.Reply(absl::FailedPreconditionError(why)); }

  void RefuseState(const char* command, const char* allowed) {
    const TunerState state = ToStatus(step_.state, step_.policy, step_.now).state;
    Refuse(fmt::format("'{}' is not possible in the state {}; possible in: {}", command,
                       Name(state), allowed));
  }

  Step& step_;
  const event::Commanded& event_;
};

}  // namespace

void OnCommand(Step& step, const event::Commanded& event) {
  std::visit(Commander(step, event), event.command);
}

void OnShutDown(Step& step) {
  State& state = step.state;
  const bool reachable = state.host && !std::holds_alternative<phase::HostLost>(state.phase) &&
                         !std::holds_alternative<phase::Connecting>(state.phase);
  AbortSegment(step, Verdict::kInconclusive, "the daemon shut down");
  if (reachable && MayApply(step.policy) && !HeldByAnother(state)) {
    const ConfigState before = state.host->config;
    // A pin is an operator's word: it stays.
    const bool to_baseline = step.policy.shutdown == ShutdownPolicy::kRestoreBaseline &&
                             !state.study.pinned && state.study.baseline &&
                             before.committed != state.study.baseline->config;
    const Configuration target = to_baseline ? state.study.baseline->config : before.committed;
    if (before.config != target || OnLease(state)) {
      Decide(step, DecisionReason::kShutdown,
             {.explanation = to_baseline ? "the daemon ends; back to the baseline"
                                         : "the daemon ends; back to the committed configuration",
              .old_config = before.config,
              .new_config = target});
      effect::Apply apply;
      apply.purpose = ApplyPurpose::kRestore;
      apply.request.config = target;
      apply.request.expected_generation = before.generation;
      apply.request.lease = Lease(step);
      apply.request.reason = "the daemon shuts down";
      step.Emit(std::move(apply));
    }
  }
  if (!state.study_id.empty()) SaveCheckpoint(step);
  step.Emit(effect::Finish{});
}

}  // namespace trimtab::control
