// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/json_codec.h"

#include <concepts>
#include <string>
#include <utility>

#include "daemon/store/json_reading.h"

namespace trimtab::store_codec {
namespace {

using nlohmann::json;

template <typename T>
void Read(const json& value, const char* key, T& into) {
  if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    into = IntegerFrom<T>(value.at(key));
  } else {
    into = value.at(key).get<T>();
  }
}

template <typename T>
json Optional(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <typename T>
std::optional<T> OptionalFrom(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

json ScoreToJson(const std::optional<Score>& score) {
  if (!score) return nullptr;
  return {{"value", score->value}, {"standard_error", Optional(score->standard_error)}};
}

std::optional<Score> ScoreFrom(const json& value) {
  if (value.is_null()) return std::nullopt;
  return Score{value.at("value"), OptionalFrom<double>(value.at("standard_error"))};
}

json PredictionToJson(const std::optional<Prediction>& prediction) {
  if (!prediction) return nullptr;
  return {{"value", prediction->value}, {"lower", prediction->lower}, {"upper", prediction->upper}};
}

std::optional<Prediction> PredictionFrom(const json& value) {
  if (value.is_null()) return std::nullopt;
  return Prediction{value.at("value"), value.at("lower"), value.at("upper")};
}

json OutlookToJson(const std::optional<Outlook>& outlook) {
  if (!outlook) return nullptr;
  return {{"expected_gain", outlook->expected_gain},
          {"visible_gain", outlook->visible_gain},
          {"stop", outlook->stop}};
}

std::optional<Outlook> OutlookFrom(const json& value) {
  if (value.is_null()) return std::nullopt;
  return Outlook{value.at("expected_gain"), value.at("visible_gain"), value.at("stop")};
}

// The share allowed is not the store's.
json BudgetToJson(const ErrorBudget& budget) {
  return {{"in_breach_ns", budget.in_breach.count()}, {"observed_ns", budget.observed.count()}};
}

ErrorBudget BudgetFrom(const json& value) {
  return {0, DurationFrom(value.at("in_breach_ns")), DurationFrom(value.at("observed_ns"))};
}

json GainToJson(const std::optional<Gain>& gain) {
  if (!gain) return nullptr;
  return {{"ratio", gain->ratio},
          {"lower_ratio", gain->lower_ratio},
          {"upper_ratio", gain->upper_ratio},
          {"confidence", gain->confidence}};
}

std::optional<Gain> GainFrom(const json& value) {
  if (value.is_null()) return std::nullopt;
  return Gain{value.at("ratio"), value.at("lower_ratio"), value.at("upper_ratio"),
              value.at("confidence")};
}

json ComplianceToJson(const SlaCompliance& compliance) {
  return {{"latency_p99", Optional(compliance.latency_p99)},
          {"throughput", Optional(compliance.throughput)},
          {"availability", Optional(compliance.availability)},
          {"error_rate", Optional(compliance.error_rate)},
          {"compliant", Optional(compliance.compliant)}};
}

SlaCompliance ComplianceFrom(const json& value) {
  return {OptionalFrom<bool>(value.at("latency_p99")), OptionalFrom<bool>(value.at("throughput")),
          OptionalFrom<bool>(value.at("availability")), OptionalFrom<bool>(value.at("error_rate")),
          OptionalFrom<bool>(value.at("compliant"))};
}

json ScoredToJson(const std::optional<ScoredConfiguration>& scored) {
  if (!scored) return nullptr;
  return {{"config", ToJson(scored->config)},
          {"score", ScoreToJson(scored->score)},
          {"metrics", ToJson(scored->metrics)},
          {"compliance", ComplianceToJson(scored->compliance)}};
}

std::optional<ScoredConfiguration> ScoredFrom(const json& value) {
  if (value.is_null()) return std::nullopt;
  return ScoredConfiguration{ConfigurationFrom(value.at("config")), ScoreFrom(value.at("score")),
                             MetricsFrom(value.at("metrics")),
                             ComplianceFrom(value.at("compliance"))};
}

}  // namespace

json ToJson(const Configuration& configuration) {
  json result = json::object();
  for (const auto& [name, value] : configuration) {
    std::visit([&, &key = name](const auto& each) { result[key] = each; }, value);
  }
  return result;
}

Configuration ConfigurationFrom(const json& value) {
  Configuration result;
  for (const auto& [name, each] : value.items()) {
    if (each.is_boolean()) {
      result.Set(name, each.get<bool>());
    } else if (each.is_number_integer()) {
      result.Set(name, IntegerFrom<std::int64_t>(each));
    } else if (each.is_number()) {
      result.Set(name, each.get<double>());
    } else {
      result.Set(name, each.get<std::string>());
    }
  }
  return result;
}

json ToJson(const MetricValues& metrics) {
  json result = json::object();
  for (const MetricInfo& info : AllMetrics()) {
    if (const auto value = metrics[info.metric]) result[std::string(info.name)] = *value;
  }
  return result;
}

MetricValues MetricsFrom(const json& value) {
  MetricValues result;
  for (const MetricInfo& info : AllMetrics()) {
    const auto found = value.find(std::string(info.name));
    if (found != value.end()) result.Set(info.metric, found->get<double>());
  }
  return result;
}

json ToJson(const Trial& trial) {
  return {{"id", trial.id},
          {"round", trial.round},
          {"purpose", static_cast<int>(trial.purpose)},
          {"config", ToJson(trial.config)},
          {"config_in_force", ToJson(trial.config_in_force)},
          {"verdict", static_cast<int>(trial.verdict)},
          {"reason", trial.reason},
          {"score", ScoreToJson(trial.score)},
          {"predicted", PredictionToJson(trial.predicted)},
          {"metrics", ToJson(trial.measurement.metrics)},
          {"requests", trial.measurement.requests},
          {"windows", trial.measurement.windows},
          {"length_ns", trial.measurement.length.count()},
          {"compliance", ComplianceToJson(trial.compliance)},
          {"generation", trial.generation},
          {"started_ns", Nanos(trial.started_at)},
          {"ended_ns", Nanos(trial.ended_at)},
          {"strategy", trial.strategy},
          {"seed", trial.seed}};
}

Trial TrialFrom(const json& value) {
  Trial trial;
  Read(value, "id", trial.id);
  Read(value, "round", trial.round);
  trial.purpose = EnumFrom(value.at("purpose"), TrialPurpose::kImported);
  trial.config = ConfigurationFrom(value.at("config"));
  trial.config_in_force = ConfigurationFrom(value.at("config_in_force"));
  trial.verdict = EnumFrom(value.at("verdict"), Verdict::kError);
  Read(value, "reason", trial.reason);
  trial.score = ScoreFrom(value.at("score"));
  trial.predicted = PredictionFrom(value.at("predicted"));
  trial.measurement.metrics = MetricsFrom(value.at("metrics"));
  Read(value, "requests", trial.measurement.requests);
  Read(value, "windows", trial.measurement.windows);
  trial.measurement.length = DurationFrom(value.at("length_ns"));
  trial.compliance = ComplianceFrom(value.at("compliance"));
  Read(value, "generation", trial.generation);
  trial.started_at = TimeFrom(value.at("started_ns"));
  trial.ended_at = TimeFrom(value.at("ended_ns"));
  Read(value, "strategy", trial.strategy);
  Read(value, "seed", trial.seed);
  return trial;
}

json ToJson(const Decision& decision) {
  return {{"id", decision.id},
          {"made_ns", Nanos(decision.made_at)},
          {"reason", std::string(Name(decision.reason))},
          {"explanation", decision.explanation},
          {"old_config", ToJson(decision.old_config)},
          {"new_config", ToJson(decision.new_config)},
          {"expected_gain", GainToJson(decision.expected_gain)},
          {"observed_gain", GainToJson(decision.observed_gain)},
          {"trial_ids", decision.trial_ids},
          {"actor", decision.actor}};
}

Decision DecisionFrom(const json& value) {
  Decision decision;
  Read(value, "id", decision.id);
  decision.made_at = TimeFrom(value.at("made_ns"));
  decision.reason = DecisionReasonByName(value.at("reason").get<std::string>())
                        .value_or(DecisionReason::kOperatorCommand);
  Read(value, "explanation", decision.explanation);
  decision.old_config = ConfigurationFrom(value.at("old_config"));
  decision.new_config = ConfigurationFrom(value.at("new_config"));
  decision.expected_gain = GainFrom(value.at("expected_gain"));
  decision.observed_gain = GainFrom(value.at("observed_gain"));
  for (const json& id : value.at("trial_ids")) {
    decision.trial_ids.push_back(IntegerFrom<std::int64_t>(id));
  }
  Read(value, "actor", decision.actor);
  return decision;
}

json ToJson(const Checkpoint& checkpoint) {
  json judged = json::array();
  for (const Configuration& each : checkpoint.judged) judged.push_back(ToJson(each));
  return {
      {"round", checkpoint.round},
      {"round_open", checkpoint.round_open},
      {"round_ended_ns", checkpoint.round_ended ? json(Nanos(*checkpoint.round_ended)) : json()},
      {"trials_in_round", checkpoint.trials_in_round},
      {"explored", checkpoint.explored},
      {"judged", std::move(judged)},
      {"since_incumbent", checkpoint.since_incumbent},
      {"empty_trials", checkpoint.empty_trials},
      {"refused_candidates", checkpoint.refused_candidates},
      {"settled_suggestions", checkpoint.settled_suggestions},
      {"sla_budget", BudgetToJson(checkpoint.sla_budget)},
      {"exploration_budget", BudgetToJson(checkpoint.exploration_budget)},
      {"outlook", OutlookToJson(checkpoint.outlook)},
      {"importances", checkpoint.importances},
      {"baseline", ScoredToJson(checkpoint.baseline)},
      {"incumbent", ScoredToJson(checkpoint.incumbent)},
      {"previous", ScoredToJson(checkpoint.previous)},
      {"gain", GainToJson(checkpoint.gain)},
      {"reference", ScoredToJson(checkpoint.reference)},
      {"stopped", checkpoint.stopped},
      {"paused", checkpoint.paused},
      {"pause_reason", checkpoint.pause_reason},
      {"paused_until_ns", checkpoint.paused_until ? json(Nanos(*checkpoint.paused_until)) : json()},
      {"pinned", checkpoint.pinned}};
}

Checkpoint CheckpointFrom(const json& value) {
  Checkpoint checkpoint;
  Read(value, "round", checkpoint.round);
  Read(value, "round_open", checkpoint.round_open);
  Read(value, "trials_in_round", checkpoint.trials_in_round);
  Read(value, "explored", checkpoint.explored);
  for (const json& each : value.at("judged")) checkpoint.judged.push_back(ConfigurationFrom(each));
  Read(value, "since_incumbent", checkpoint.since_incumbent);
  Read(value, "empty_trials", checkpoint.empty_trials);
  Read(value, "refused_candidates", checkpoint.refused_candidates);
  Read(value, "settled_suggestions", checkpoint.settled_suggestions);
  checkpoint.sla_budget = BudgetFrom(value.at("sla_budget"));
  checkpoint.exploration_budget = BudgetFrom(value.at("exploration_budget"));
  checkpoint.outlook = OutlookFrom(value.at("outlook"));
  Read(value, "importances", checkpoint.importances);
  checkpoint.baseline = ScoredFrom(value.at("baseline"));
  checkpoint.incumbent = ScoredFrom(value.at("incumbent"));
  checkpoint.previous = ScoredFrom(value.at("previous"));
  checkpoint.gain = GainFrom(value.at("gain"));
  checkpoint.reference = ScoredFrom(value.at("reference"));
  Read(value, "stopped", checkpoint.stopped);
  Read(value, "paused", checkpoint.paused);
  Read(value, "pause_reason", checkpoint.pause_reason);
  // Not in what older versions wrote.
  const auto time = [&value](const char* key) -> std::optional<WallTime> {
    const auto found = value.find(key);
    if (found == value.end() || found->is_null()) return std::nullopt;
    return TimeFrom(*found);
  };
  checkpoint.paused_until = time("paused_until_ns");
  checkpoint.round_ended = time("round_ended_ns");
  Read(value, "pinned", checkpoint.pinned);
  return checkpoint;
}

json ToJson(const Intent& intent) {
  return {{"kind", static_cast<int>(intent.kind)},
          {"config", ToJson(intent.config)},
          {"expected_generation", intent.expected_generation},
          {"made_ns", Nanos(intent.made_at)}};
}

Intent IntentFrom(const json& value) {
  Intent intent;
  intent.kind = EnumFrom(value.at("kind"), Intent::Kind::kPin);
  intent.config = ConfigurationFrom(value.at("config"));
  Read(value, "expected_generation", intent.expected_generation);
  intent.made_at = TimeFrom(value.at("made_ns"));
  return intent;
}

json ToJson(const HostWindow& window) {
  return {{"boot_id", window.boot_id},        {"generation", window.generation},
          {"sequence", window.sequence},      {"start_ns", Nanos(window.start)},
          {"end_ns", Nanos(window.end)},      {"length_ns", window.length.count()},
          {"requests", window.requests},      {"errors", window.errors},
          {"timeouts", window.timeouts},      {"payload_bytes", window.payload_bytes},
          {"metrics", ToJson(window.metrics)}};
}

HostWindow WindowFrom(const json& value) {
  HostWindow window;
  Read(value, "boot_id", window.boot_id);
  Read(value, "generation", window.generation);
  Read(value, "sequence", window.sequence);
  window.start = TimeFrom(value.at("start_ns"));
  window.end = TimeFrom(value.at("end_ns"));
  window.length = DurationFrom(value.at("length_ns"));
  Read(value, "requests", window.requests);
  Read(value, "errors", window.errors);
  Read(value, "timeouts", window.timeouts);
  Read(value, "payload_bytes", window.payload_bytes);
  window.metrics = MetricsFrom(value.at("metrics"));
  return window;
}

}  // namespace trimtab::store_codec
