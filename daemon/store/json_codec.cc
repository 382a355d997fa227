// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/json_codec.h"

#include <string>

namespace trimtab::store_codec {
namespace {

using nlohmann::json;

std::int64_t Nanos(WallTime time) {
  return std::chrono::duration_cast<Duration>(time.time_since_epoch()).count();
}

WallTime TimeFrom(const json& value) {
  return WallTime(
      std::chrono::duration_cast<WallTime::duration>(Duration(value.get<std::int64_t>())));
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
      result.Set(name, each.get<std::int64_t>());
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
  trial.id = value.at("id");
  trial.round = value.at("round");
  trial.purpose = static_cast<TrialPurpose>(value.at("purpose").get<int>());
  trial.config = ConfigurationFrom(value.at("config"));
  trial.config_in_force = ConfigurationFrom(value.at("config_in_force"));
  trial.verdict = static_cast<Verdict>(value.at("verdict").get<int>());
  trial.reason = value.at("reason");
  trial.score = ScoreFrom(value.at("score"));
  trial.measurement.metrics = MetricsFrom(value.at("metrics"));
  trial.measurement.requests = value.at("requests");
  trial.measurement.windows = value.at("windows");
  trial.measurement.length = Duration(value.at("length_ns").get<std::int64_t>());
  trial.compliance = ComplianceFrom(value.at("compliance"));
  trial.generation = value.at("generation");
  trial.started_at = TimeFrom(value.at("started_ns"));
  trial.ended_at = TimeFrom(value.at("ended_ns"));
  trial.strategy = value.at("strategy");
  trial.seed = value.at("seed");
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
  decision.id = value.at("id");
  decision.made_at = TimeFrom(value.at("made_ns"));
  decision.reason = DecisionReasonByName(value.at("reason").get<std::string>())
                        .value_or(DecisionReason::kOperatorCommand);
  decision.explanation = value.at("explanation");
  decision.old_config = ConfigurationFrom(value.at("old_config"));
  decision.new_config = ConfigurationFrom(value.at("new_config"));
  decision.expected_gain = GainFrom(value.at("expected_gain"));
  decision.observed_gain = GainFrom(value.at("observed_gain"));
  decision.trial_ids = value.at("trial_ids").get<std::vector<std::int64_t>>();
  decision.actor = value.at("actor");
  return decision;
}

json ToJson(const Checkpoint& checkpoint) {
  return {{"round", checkpoint.round},
          {"round_open", checkpoint.round_open},
          {"trials_in_round", checkpoint.trials_in_round},
          {"baseline", ScoredToJson(checkpoint.baseline)},
          {"incumbent", ScoredToJson(checkpoint.incumbent)},
          {"previous", ScoredToJson(checkpoint.previous)},
          {"gain", GainToJson(checkpoint.gain)},
          {"reference", ScoredToJson(checkpoint.reference)},
          {"stopped", checkpoint.stopped},
          {"paused", checkpoint.paused},
          {"pause_reason", checkpoint.pause_reason},
          {"pinned", checkpoint.pinned}};
}

Checkpoint CheckpointFrom(const json& value) {
  Checkpoint checkpoint;
  checkpoint.round = value.at("round");
  checkpoint.round_open = value.at("round_open");
  checkpoint.trials_in_round = value.at("trials_in_round");
  checkpoint.baseline = ScoredFrom(value.at("baseline"));
  checkpoint.incumbent = ScoredFrom(value.at("incumbent"));
  checkpoint.previous = ScoredFrom(value.at("previous"));
  checkpoint.gain = GainFrom(value.at("gain"));
  // Not in what older versions wrote.
  if (value.contains("reference")) checkpoint.reference = ScoredFrom(value.at("reference"));
  checkpoint.stopped = value.at("stopped");
  checkpoint.paused = value.at("paused");
  checkpoint.pause_reason = value.at("pause_reason");
  checkpoint.pinned = value.at("pinned");
  return checkpoint;
}

json ToJson(const Intent& intent) {
  return {{"kind", static_cast<int>(intent.kind)},
          {"config", ToJson(intent.config)},
          {"committed", ToJson(intent.committed)},
          {"expected_generation", intent.expected_generation},
          {"boot_id", intent.boot_id},
          {"made_ns", Nanos(intent.made_at)}};
}

Intent IntentFrom(const json& value) {
  Intent intent;
  intent.kind = static_cast<Intent::Kind>(value.at("kind").get<int>());
  intent.config = ConfigurationFrom(value.at("config"));
  intent.committed = ConfigurationFrom(value.at("committed"));
  intent.expected_generation = value.at("expected_generation");
  intent.boot_id = value.at("boot_id");
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
  window.boot_id = value.at("boot_id");
  window.generation = value.at("generation");
  window.sequence = value.at("sequence");
  window.start = TimeFrom(value.at("start_ns"));
  window.end = TimeFrom(value.at("end_ns"));
  window.length = Duration(value.at("length_ns").get<std::int64_t>());
  window.requests = value.at("requests");
  window.errors = value.at("errors");
  window.timeouts = value.at("timeouts");
  window.payload_bytes = value.at("payload_bytes");
  window.metrics = MetricsFrom(value.at("metrics"));
  return window;
}

}  // namespace trimtab::store_codec
