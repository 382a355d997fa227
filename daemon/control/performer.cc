// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/performer.h"

#include <algorithm>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/base/fingerprint.h"
#include "daemon/control/host_failure.h"

namespace trimtab::control {
namespace {

// Trials read from the store at once when a study is loaded.
constexpr int kPage = 500;

Intent::Kind IntentKind(ApplyPurpose purpose) {
  switch (purpose) {
    case ApplyPurpose::kTrial:
      return Intent::Kind::kTrial;
    case ApplyPurpose::kPromote:
      return Intent::Kind::kCommit;
    case ApplyPurpose::kRollback:
      return Intent::Kind::kRollback;
    case ApplyPurpose::kPin:
      return Intent::Kind::kPin;
    default:
      return Intent::Kind::kRestore;
  }
}

// Such a change must be possible even when the disk is full.
bool IsWayBack(ApplyPurpose purpose) {
  return purpose == ApplyPurpose::kRestore || purpose == ApplyPurpose::kRollback ||
         purpose == ApplyPurpose::kReapply;
}

StudyKey KeyOf(const HostDescription& host, const TuningPolicy& policy) {
  Fnv1a hash;
  hash.Add(std::to_string(policy.space.Fingerprint()));
  hash.Add(policy.fixed.ToString());
  return StudyKey{host.service, host.instance, policy.objective.ToString(), hash.value()};
}

}  // namespace

Performer::Performer(HostLink& link, TrialStore& store, Journal& journal, Clock& clock)
    : link_(link), store_(store), journal_(journal), clock_(clock), advisor_(store) {}

void Performer::SetPolicy(const TuningPolicy& policy) {
  policy_ = policy;
  advisor_.SetPolicy(policy);
}

std::optional<Event> Performer::Perform(const Effect& effect, const State& state) {
  if (std::holds_alternative<effect::Connect>(effect)) return Connect();
  if (const auto* apply = std::get_if<effect::Apply>(&effect)) return Apply(*apply);
  if (const auto* commit = std::get_if<effect::Commit>(&effect)) return Commit(*commit);
  if (const auto* renew = std::get_if<effect::Renew>(&effect)) {
    const absl::StatusOr<ConfigState> config = link_.RenewLease(renew->generation, renew->lease);
    CountHost("renew_lease", config.status());
    if (!config.ok()) return event::RenewFailed{config.status()};
    return event::Renewed{*config};
  }
  if (const auto* read = std::get_if<effect::ReadConfig>(&effect)) {
    const absl::StatusOr<ConfigState> config = link_.GetConfig();
    CountHost("get_config", config.status());
    if (!config.ok()) return event::ConfigReadFailed{config.status()};
    return event::ConfigRead{*config, read->raced};
  }
  if (const auto* note = std::get_if<effect::Note>(&effect)) {
    journal_.Note(note->level, note->message);
    return std::nullopt;
  }
  if (!study_) return std::nullopt;
  if (const auto* suggest = std::get_if<effect::Suggest>(&effect)) return Suggest(*suggest, state);
  if (std::holds_alternative<effect::Appraise>(effect)) return Appraise(state);
  const std::string study = study_->id;
  if (const auto* record = std::get_if<effect::RecordTrial>(&effect)) {
    journal_.Record(record->trial);
    return Store([this, study, trial = record->trial] { return store_.AppendTrial(study, trial); });
  }
  if (const auto* record = std::get_if<effect::RecordDecision>(&effect)) {
    journal_.Record(record->decision);
    return Store([this, study, decision = record->decision] {
      return store_.AppendDecision(study, decision);
    });
  }
  if (const auto* record = std::get_if<effect::RecordWindow>(&effect)) {
    return Store([this, study, each = *record] {
      return store_.AppendWindow(study, each.trial_id, each.window);
    });
  }
  if (const auto* save = std::get_if<effect::SaveCheckpoint>(&effect)) {
    std::optional<Event> failed =
        Store([this, study,
               checkpoint = save->checkpoint] { return store_.SaveCheckpoint(study, checkpoint); },
              true);
    if (!failed && intent_made_) ForgetIntent();
    return failed;
  }
  if (std::holds_alternative<effect::ForgetIntent>(effect)) ForgetIntent();
  return std::nullopt;
}

Event Performer::Connect() {
  const absl::StatusOr<HostDescription> description = link_.Describe();
  CountHost("describe_host", description.status());
  if (!description.ok()) return event::ConnectFailed{description.status()};
  const absl::StatusOr<ConfigState> config = link_.GetConfig();
  CountHost("get_config", config.status());
  if (!config.ok()) return event::ConnectFailed{config.status()};
  if (config->boot_id != description->boot_id) {
    return event::ConnectFailed{absl::UnavailableError("the host restarted just now")};
  }
  const absl::StatusOr<std::string> tuner = store_.TunerId();
  if (!tuner.ok()) {
    ++store_failures_;
    return event::ConnectFailed{tuner.status(), true};
  }
  absl::StatusOr<event::LoadedStudy> study = LoadStudy(*description);
  if (!study.ok()) {
    ++store_failures_;
    // The study is in hand: the host is not left alone for a disk that is full.
    if (study_ && study_->key == KeyOf(*description, policy_)) {
      return event::Connected{*description, *config, *tuner, event::LoadedStudy{.id = study_->id}};
    }
    return event::ConnectFailed{study.status(), true};
  }
  return event::Connected{*description, *config, *tuner, *std::move(study)};
}

absl::StatusOr<event::LoadedStudy> Performer::LoadStudy(const HostDescription& host) {
  if (absl::Status status = Flush(); !status.ok()) return status;
  absl::StatusOr<Study> study = store_.OpenStudy(KeyOf(host, policy_), clock_.WallNow());
  if (!study.ok()) return study.status();
  event::LoadedStudy loaded;
  loaded.id = study->id;
  absl::StatusOr<std::optional<Checkpoint>> checkpoint = store_.LoadCheckpoint(study->id);
  if (!checkpoint.ok()) return checkpoint.status();
  loaded.checkpoint = *std::move(checkpoint);
  if (!study->before.empty()) {
    absl::StatusOr<std::optional<Checkpoint>> before = store_.LoadCheckpoint(study->before);
    if (!before.ok()) return before.status();
    loaded.before = *std::move(before);
  }
  absl::StatusOr<std::optional<Intent>> intent = store_.LoadIntent(study->id);
  if (!intent.ok()) return intent.status();
  loaded.intent = *std::move(intent);
  // The loop goes on with the study that it has in hand.
  if (study_ && study_->id == study->id) return loaded;

  const std::int64_t round =
      loaded.checkpoint ? std::max<std::int64_t>(1, loaded.checkpoint->round) : 1;
  bool baseline = false;
  for (std::int64_t before = 0;;) {
    absl::StatusOr<std::vector<Trial>> page = store_.ListTrials(study->id, before, kPage);
    if (!page.ok()) return page.status();
    for (Trial& trial : *page) {
      before = trial.id;
      loaded.last_trial_id = std::max(loaded.last_trial_id, trial.id);
      if (trial.purpose != TrialPurpose::kImported) {
        ++loaded.trials_by_verdict[static_cast<std::size_t>(trial.verdict)];
      }
      const bool imported = trial.purpose == TrialPurpose::kImported;
      // Of the attempts at a baseline the last one, as the loop keeps it.
      if (trial.purpose == TrialPurpose::kBaseline && std::exchange(baseline, true)) continue;
      // One of the round to come, whose baseline was measured already, is among them.
      if (imported || trial.round >= round) loaded.round_trials.push_back(std::move(trial));
    }
    if (page->size() < kPage) break;
  }
  std::reverse(loaded.round_trials.begin(), loaded.round_trials.end());
  for (std::int64_t before = 0;;) {
    absl::StatusOr<std::vector<Decision>> page = store_.ListDecisions(study->id, before, kPage);
    if (!page.ok()) return page.status();
    for (const Decision& decision : *page) {
      before = decision.id;
      loaded.last_decision_id = std::max(loaded.last_decision_id, decision.id);
      ++loaded.decisions_by_reason[static_cast<std::size_t>(decision.reason)];
    }
    if (page->size() < kPage) break;
  }
  // Where the strategy can't be asked, the first suggestion tells.
  absl::StatusOr<std::optional<Appraisal>> appraisal =
      advisor_.Appraise(*study, round, loaded.round_trials);
  if (appraisal.ok()) loaded.appraisal = *std::move(appraisal);
  study_ = *std::move(study);
  return loaded;
}

Event Performer::Appraise(const State& state) {
  absl::StatusOr<std::optional<Appraisal>> appraisal =
      advisor_.Appraise(*study_, state.study.round, state.round_trials);
  if (!appraisal.ok()) return event::Appraised{.appraisal = {}, .status = appraisal.status()};
  return event::Appraised{.appraisal = *std::move(appraisal)};
}

Event Performer::Suggest(const effect::Suggest& suggest, const State& state) {
  // What a restarted daemon would find is in the store first.
  if (absl::Status status = Flush(); !status.ok()) return event::Suggested{.status = status};
  const MonotonicTime begin = clock_.Now();
  absl::StatusOr<std::optional<Suggestion>> suggestion =
      advisor_.Suggest(*study_, state.study.round, state.round_trials, suggest.start);
  if (!suggestion.ok()) return event::Suggested{.suggestion = {}, .status = suggestion.status()};
  suggestion_time_ += clock_.Now() - begin;
  ++suggestions_;
  absl::StatusOr<std::optional<Appraisal>> appraisal =
      advisor_.Appraise(*study_, state.study.round, state.round_trials);
  if (!appraisal.ok()) return event::Suggested{.suggestion = {}, .status = appraisal.status()};
  return event::Suggested{.suggestion = *std::move(suggestion), .appraisal = *std::move(appraisal)};
}

Event Performer::Apply(const effect::Apply& apply) {
  if (policy_.mode == TuningMode::kObserve || policy_.mode == TuningMode::kRecommend) {
    // Advance never asks for it; a second lock on the same door.
    return event::ApplyFailed{apply.purpose,
                              absl::PermissionDeniedError("the mode forbids any change")};
  }
  const bool leased = apply.request.lease > Duration::zero();
  if (study_) {
    Intent intent;
    intent.kind = IntentKind(apply.purpose);
    intent.config = apply.request.config;
    intent.expected_generation = apply.request.expected_generation;
    intent.made_at = clock_.WallNow();
    intent_made_ = false;
    absl::Status stored = store_.SaveIntent(study_->id, intent);
    if (!stored.ok()) {
      ++store_failures_;
      if (!IsWayBack(apply.purpose)) return event::StoreFailed{stored, true};
    }
  }
  absl::StatusOr<ApplyResult> result = link_.Apply(apply.request);
  CountHost("apply_config", result.status());
  const bool made = result.ok() && result->applied;
  const bool refused = !made && !IsTransport(result.status()) && !absl::IsAborted(result.status());
  if (study_ && (refused || (made && !leased))) ForgetIntent();
  intent_made_ = false;
  if (!result.ok()) return event::ApplyFailed{apply.purpose, result.status()};
  return event::Applied{apply.purpose, apply.request, *std::move(result), apply.decision};
}

void Performer::ForgetIntent() {
  intent_made_ = false;
  if (!store_.ClearIntent(study_->id).ok()) ++store_failures_;
}

Event Performer::Commit(const effect::Commit& commit) {
  absl::StatusOr<ConfigState> config = link_.Commit(commit.generation);
  CountHost("commit_config", config.status());
  if (!config.ok()) return event::CommitFailed{commit.purpose, config.status()};
  if (commit.purpose == ApplyPurpose::kReapply || commit.purpose == ApplyPurpose::kRestore) {
    // The study names it already.
    if (study_) ForgetIntent();
  } else {
    // The intent stays until the checkpoint that follows names the new incumbent.
    intent_made_ = true;
  }
  return event::Committed{commit.purpose, *std::move(config), commit.reason, commit.decision};
}

absl::Status Performer::Flush() {
  while (!unsaved_.empty()) {
    absl::Status status = unsaved_.front().record();
    if (absl::IsInvalidArgument(status)) {
      // Not to be mended by waiting: a record that can never be stored must not
      // keep all later ones out.
      ++store_failures_;
      journal_.Note(Journal::Level::kError, "a record was dropped", {{"error", Message(status)}});
    } else if (!status.ok()) {
      return status;
    }
    unsaved_.pop_front();
  }
  return absl::OkStatus();
}

std::optional<Event> Performer::Store(std::function<absl::Status()> record, bool checkpoint) {
  if (checkpoint && !unsaved_.empty() && unsaved_.back().checkpoint) unsaved_.pop_back();
  unsaved_.push_back({std::move(record), checkpoint});
  absl::Status status = Flush();
  if (status.ok()) return std::nullopt;
  ++store_failures_;
  return event::StoreFailed{std::move(status)};
}

void Performer::CountHost(const char* call, const absl::Status& status) {
  if (status.ok()) return;
  ++host_failures_[call];
  journal_.Note(Journal::Level::kDebug, "a call to the host failed",
                {{"call", call}, {"error", status.ToString()}});
}

}  // namespace trimtab::control
