// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/codec.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/codec/configuration.h"
#include "daemon/codec/metrics.h"
#include "daemon/codec/time.h"

namespace trimtab::api_codec {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

v1::Score EncodeScore(const Score& score) {
  v1::Score message;
  message.set_value(score.value);
  if (score.standard_error) message.set_standard_error(*score.standard_error);
  return message;
}

v1::Prediction EncodePrediction(const Prediction& prediction) {
  v1::Prediction message;
  message.set_value(prediction.value);
  message.set_lower(prediction.lower);
  message.set_upper(prediction.upper);
  return message;
}

void EncodeSearch(const TunerStatus& status, v1::TunerStatus& message) {
  if (status.predicted) *message.mutable_predicted() = EncodePrediction(*status.predicted);
  if (status.outlook) {
    v1::SearchOutlook& outlook = *message.mutable_outlook();
    outlook.set_expected_gain(status.outlook->expected_gain);
    outlook.set_visible_gain(status.outlook->visible_gain);
    outlook.set_stop(status.outlook->stop);
  }
  std::vector<std::pair<std::string, double>> importances(status.importances.begin(),
                                                          status.importances.end());
  std::stable_sort(importances.begin(), importances.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [name, share] : importances) {
    v1::ParameterImportance& importance = *message.add_importances();
    importance.set_name(name);
    importance.set_share(share);
  }
}

absl::StatusOr<Score> DecodeScore(const v1::Trial& trial) {
  if (!trial.has_score()) return Error(kInvalid, "a trial with SUCCESS needs one");
  Score score{trial.score().value(), std::nullopt};
  if (!std::isfinite(score.value)) return Error(kInvalid, "value is not finite");
  if (!trial.score().has_standard_error()) return score;
  score.standard_error = trial.score().standard_error();
  if (!std::isfinite(*score.standard_error) || *score.standard_error < 0) {
    return Error(kInvalid, "standard_error must be finite and not negative, not {}",
                 *score.standard_error);
  }
  return score;
}

}  // namespace

v1::Gain Encode(const Gain& gain) {
  v1::Gain message;
  message.set_percent(gain.ratio * 100);
  message.set_lower_percent(gain.lower_ratio * 100);
  message.set_upper_percent(gain.upper_ratio * 100);
  message.set_confidence(gain.confidence);
  return message;
}

v1::ErrorBudget Encode(const ErrorBudget& budget) {
  v1::ErrorBudget message;
  message.set_allowed_percent(budget.allowed_ratio * 100);
  message.set_remaining_percent(budget.RemainingRatio() * 100);
  *message.mutable_in_breach() = codec::EncodeDuration(budget.in_breach);
  *message.mutable_observed() = codec::EncodeDuration(budget.observed);
  return message;
}

v1::ScoredConfiguration Encode(const ScoredConfiguration& scored) {
  v1::ScoredConfiguration message;
  *message.mutable_config() = codec::EncodeConfiguration(scored.config);
  if (scored.score) *message.mutable_score() = EncodeScore(*scored.score);
  *message.mutable_metrics() = codec::EncodeMetrics(scored.metrics);
  *message.mutable_compliance() = codec::EncodeCompliance(scored.compliance);
  return message;
}

v1::TunerStatus Encode(const TunerStatus& status, Duration uptime) {
  v1::TunerStatus message;
  // The enumerations are in one order; the message's has a zero value more.
  message.set_state(static_cast<v1::TunerState>(static_cast<int>(status.state) + 1));
  message.set_reason(status.reason);
  if (status.until) *message.mutable_until() = codec::EncodeTime(*status.until);
  message.set_mode(static_cast<v1::TuningMode>(static_cast<int>(status.mode) + 1));
  message.set_host_service(status.host_service);
  message.set_host_instance(status.host_instance);
  message.set_host_address(status.host_address);
  message.set_host_reachable(status.host_reachable);
  message.set_generation(status.generation);
  message.set_study_id(status.study_id);
  message.set_round(status.round);
  message.set_trials_done(status.trials_done);
  message.set_trials_planned(status.trials_planned);
  message.set_step_progress(status.step_progress);
  message.set_objective(status.objective);
  message.set_strategy(status.strategy);
  message.set_seed(status.seed);
  if (status.baseline) *message.mutable_baseline() = Encode(*status.baseline);
  if (status.incumbent) *message.mutable_incumbent() = Encode(*status.incumbent);
  if (status.candidate) *message.mutable_candidate() = Encode(*status.candidate);
  if (status.reference) *message.mutable_reference() = Encode(*status.reference);
  if (status.best_candidate) *message.mutable_best_candidate() = Encode(*status.best_candidate);
  if (status.gain) *message.mutable_gain() = Encode(*status.gain);
  *message.mutable_config_in_force() = codec::EncodeConfiguration(status.config_in_force);
  if (status.latest) *message.mutable_latest() = codec::EncodeMetrics(*status.latest);
  *message.mutable_compliance() = codec::EncodeCompliance(status.compliance);
  *message.mutable_sla() = codec::EncodeRequirements(status.sla);
  *message.mutable_sla_budget() = Encode(status.sla_budget);
  *message.mutable_exploration_budget() = Encode(status.exploration_budget);
  message.set_trials_success(status.trials_by_verdict[0]);
  message.set_trials_failed(status.trials_by_verdict[1]);
  message.set_trials_inconclusive(status.trials_by_verdict[2]);
  message.set_trials_error(status.trials_by_verdict[3]);
  EncodeSearch(status, message);
  *message.mutable_uptime() = codec::EncodeDuration(uptime);
  message.set_version(TRIMTAB_VERSION);
  return message;
}

v1::Trial Encode(const Trial& trial) {
  v1::Trial message;
  message.set_id(trial.id);
  message.set_round(trial.round);
  message.set_purpose(static_cast<v1::TrialPurpose>(static_cast<int>(trial.purpose) + 1));
  *message.mutable_config() = codec::EncodeConfiguration(trial.config);
  *message.mutable_config_in_force() = codec::EncodeConfiguration(trial.config_in_force);
  message.set_verdict(static_cast<v1::Verdict>(static_cast<int>(trial.verdict) + 1));
  message.set_reason(trial.reason);
  if (trial.score) *message.mutable_score() = EncodeScore(*trial.score);
  if (trial.predicted) *message.mutable_predicted() = EncodePrediction(*trial.predicted);
  *message.mutable_metrics() = codec::EncodeMetrics(trial.measurement.metrics);
  *message.mutable_compliance() = codec::EncodeCompliance(trial.compliance);
  message.set_windows(trial.measurement.windows);
  message.set_request_count(trial.measurement.requests);
  message.set_generation(trial.generation);
  *message.mutable_started_at() = codec::EncodeTime(trial.started_at);
  *message.mutable_ended_at() = codec::EncodeTime(trial.ended_at);
  message.set_strategy(trial.strategy);
  message.set_seed(trial.seed);
  return message;
}

v1::Decision Encode(const Decision& decision) {
  v1::Decision message;
  message.set_id(decision.id);
  *message.mutable_made_at() = codec::EncodeTime(decision.made_at);
  message.set_reason(static_cast<v1::DecisionReason>(static_cast<int>(decision.reason) + 1));
  message.set_explanation(decision.explanation);
  *message.mutable_old_config() = codec::EncodeConfiguration(decision.old_config);
  *message.mutable_new_config() = codec::EncodeConfiguration(decision.new_config);
  if (decision.expected_gain) *message.mutable_expected_gain() = Encode(*decision.expected_gain);
  if (decision.observed_gain) *message.mutable_observed_gain() = Encode(*decision.observed_gain);
  for (const std::int64_t id : decision.trial_ids) message.add_trial_ids(id);
  message.set_actor(decision.actor);
  return message;
}

v1::StudyHeader Encode(const Study& study, const SearchSpace& space) {
  v1::StudyHeader message;
  message.set_study_id(study.id);
  message.set_host_service(study.key.host_service);
  message.set_objective(study.key.objective);
  *message.mutable_created_at() = codec::EncodeTime(study.created_at);
  for (const Dimension& dimension : space.dimensions()) {
    v1::ParameterDescription& parameter = *message.add_parameters();
    parameter.set_name(dimension.name);
    parameter.set_type(codec::EncodeType(dimension.type));
    parameter.set_unit(dimension.unit);
  }
  return message;
}

absl::StatusOr<Trial> Decode(const v1::Trial& message) {
  Trial trial;
  absl::StatusOr<Configuration> config = codec::DecodeConfiguration(message.config());
  if (!config.ok()) return Error(kInvalid, "config: {}", Message(config.status()));
  if (config->empty()) return Error(kInvalid, "config: the trial has none");
  trial.config = *std::move(config);
  trial.config_in_force = trial.config;
  if (message.verdict() < v1::VERDICT_SUCCESS || message.verdict() > v1::VERDICT_ERROR) {
    return Error(kInvalid, "verdict: {} is none of SUCCESS, FAILED, INCONCLUSIVE and ERROR",
                 static_cast<int>(message.verdict()));
  }
  trial.verdict = static_cast<Verdict>(static_cast<int>(message.verdict()) - 1);
  if (trial.verdict == Verdict::kSuccess) {
    const absl::StatusOr<Score> score = DecodeScore(message);
    if (!score.ok()) return Error(kInvalid, "score: {}", Message(score.status()));
    trial.score = *score;
  }
  if (const auto defect = codec::DecodeMetrics(message.metrics(), &trial.measurement.metrics)) {
    return Error(kInvalid, "metrics: {}", defect->detail);
  }
  trial.compliance = codec::DecodeCompliance(message.compliance());
  if (message.windows() < 0) return Error(kInvalid, "windows: {} is negative", message.windows());
  trial.measurement.windows = message.windows();
  if (message.request_count() < 0) {
    return Error(kInvalid, "request_count: {} is negative", message.request_count());
  }
  trial.measurement.requests = message.request_count();
  trial.reason = message.reason();
  const absl::StatusOr<WallTime> started = codec::DecodeTime(message.started_at());
  if (!started.ok()) return Error(kInvalid, "started_at: {}", Message(started.status()));
  trial.started_at = *started;
  const absl::StatusOr<WallTime> ended = codec::DecodeTime(message.ended_at());
  if (!ended.ok()) return Error(kInvalid, "ended_at: {}", Message(ended.status()));
  trial.ended_at = *ended;
  trial.strategy = message.strategy();
  trial.seed = message.seed();
  return trial;
}

}  // namespace trimtab::api_codec
