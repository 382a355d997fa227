// SPDX-License-Identifier: Apache-2.0
#include "client/cli/render.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

namespace trimtab::cli {
namespace {

using google::protobuf::util::TimeUtil;

std::string Word(const std::string& name, const std::string& prefix) {
  std::string word = name.substr(std::min(prefix.size(), name.size()));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

std::string StateWord(v1::TunerState state) {
  return Word(v1::TunerState_Name(state), "TUNER_STATE_");
}

std::string ScoreText(const v1::ScoredConfiguration& scored) {
  return scored.has_score() ? fmt::format("{:.3f}", scored.score().value()) : "-";
}

std::string Against(const v1::TunerStatus& status, const v1::ScoredConfiguration& scored) {
  if (!scored.has_score() || !status.baseline().has_score()) return "";
  const double base = status.baseline().score().value();
  if (base == 0) return "";
  return fmt::format(" ({:+.1f} % against the baseline)",
                     100 * (scored.score().value() - base) / std::abs(base));
}

std::string MetText(const v1::SlaCompliance& compliance) {
  if (!compliance.has_compliant()) return "not known";
  if (compliance.compliant()) return "met";
  std::string broken;
  const auto add = [&broken](bool has, bool met, const char* name) {
    if (has && !met) broken += std::string(broken.empty() ? "" : ", ") + name;
  };
  add(compliance.has_latency_p99_met(), compliance.latency_p99_met(), "latency p99");
  add(compliance.has_throughput_met(), compliance.throughput_met(), "throughput");
  add(compliance.has_availability_met(), compliance.availability_met(), "availability");
  add(compliance.has_error_rate_met(), compliance.error_rate_met(), "error rate");
  return "BROKEN: " + broken;
}

std::string GainText(const v1::Gain& gain) {
  return fmt::format("{:+.1f} % [{:+.1f}, {:+.1f}] at {:.3g} % confidence", gain.percent(),
                     gain.lower_percent(), gain.upper_percent(), gain.confidence() * 100);
}

// Every metric that is set, by the name of its field.
std::map<std::string, std::string> Metrics(const v1::PerformanceMetrics& metrics) {
  std::map<std::string, std::string> result;
  const auto* descriptor = v1::PerformanceMetrics::descriptor();
  const auto* reflection = metrics.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (!reflection->HasField(metrics, field)) continue;
    result[field->name()] = field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE
                                ? fmt::format("{:.2f}", reflection->GetDouble(metrics, field))
                                : TimeUtil::ToString(metrics.uptime());
  }
  return result;
}

std::string LatestText(const v1::PerformanceMetrics& latest) {
  if (!latest.has_throughput_ops_per_second()) return "no window yet";
  std::string text = fmt::format("{:.0f} ops/s", latest.throughput_ops_per_second());
  if (latest.has_latency_p99_ms()) {
    text += fmt::format(", p50 {:.1f} ms, p99 {:.1f} ms, errors {:.1f} %, timeouts {:.1f} %",
                        latest.latency_p50_ms(), latest.latency_p99_ms(),
                        latest.error_rate_percent(), latest.timeout_rate_percent());
  }
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Parameters(const v1::SystemConfig& config) {
  std::map<std::string, std::string> result;
  if (config.has_thread_pool_size()) {
    result["thread_pool_size"] = std::to_string(config.thread_pool_size());
  }
  if (config.has_connection_pool_size()) {
    result["connection_pool_size"] = std::to_string(config.connection_pool_size());
  }
  if (config.has_cache_size()) result["cache_size"] = std::to_string(config.cache_size());
  if (config.has_batch_size()) result["batch_size"] = std::to_string(config.batch_size());
  if (config.has_timeout()) {
    result["timeout_ms"] = std::to_string(TimeUtil::DurationToMilliseconds(config.timeout()));
  }
  if (config.has_retry_count()) result["retry_count"] = std::to_string(config.retry_count());
  for (const auto& [name, value] : config.custom_parameters()) {
    switch (value.value_case()) {
      case v1::ParameterValue::kIntValue:
        result[name] = std::to_string(value.int_value());
        break;
      case v1::ParameterValue::kDoubleValue:
        result[name] = fmt::format("{}", value.double_value());
        break;
      case v1::ParameterValue::kBoolValue:
        result[name] = value.bool_value() ? "true" : "false";
        break;
      default:
        result[name] = value.category_value();
    }
  }
  return {result.begin(), result.end()};
}

std::string OneLine(const v1::SystemConfig& config) {
  std::string text;
  for (const auto& [name, value] : Parameters(config)) {
    text += (text.empty() ? "" : " ") + name + "=" + value;
  }
  return text;
}

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      // The last column needs no padding.
      text += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    text += '\n';
  }
  return text;
}

std::string ProgressBar(double share, int width) {
  const double within = std::clamp(share, 0.0, 1.0);
  const int full = static_cast<int>(within * width);
  return fmt::format("[{:#>{}}{:->{}}] {:3.0f} %", "", full, "", width - full, within * 100);
}

std::string StatusScreen(const v1::TunerStatus& status) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&rows](const char* name, const std::string& value) {
    if (!value.empty()) rows.push_back({name, value});
  };
  add("state", StateWord(status.state()) + ": " + status.reason());
  if (status.has_until()) add("until", TimeUtil::ToString(status.until()));
  add("mode", Word(v1::TuningMode_Name(status.mode()), "TUNING_MODE_"));
  add("host", status.host_service() + "/" + status.host_instance() + " at " +
                  status.host_address() + (status.host_reachable() ? "" : " (does not answer)"));
  add("objective", status.objective() + ", by " + status.strategy());
  const double round = status.trials_planned() > 0
                           ? static_cast<double>(status.trials_done()) / status.trials_planned()
                           : 0;
  add("round", fmt::format("{}, trial {} of {}  {}", status.round(), status.trials_done(),
                           status.trials_planned(), ProgressBar(round, 30)));
  add("step", ProgressBar(status.step_progress(), 30));
  add("baseline", "score " + ScoreText(status.baseline()));
  if (status.has_best_candidate()) {
    add("best trial",
        "score " + ScoreText(status.best_candidate()) + Against(status, status.best_candidate()));
  }
  if (status.has_candidate()) {
    add("on trial", "score " + ScoreText(status.candidate()) + Against(status, status.candidate()));
    add("", OneLine(status.candidate().config()));
  }
  add("incumbent", "score " + ScoreText(status.incumbent()) + Against(status, status.incumbent()));
  add("", OneLine(status.incumbent().config()));
  if (status.has_gain()) add("proven gain", GainText(status.gain()));
  add("newest", LatestText(status.latest()));
  add("SLA", MetText(status.compliance()) + fmt::format(", error budget {:.0f} % left",
                                                        status.sla_budget().remaining_percent()));
  return Table(rows);
}

std::string StatusLine(const v1::TunerStatus& status) {
  return fmt::format("{} trial {}/{} baseline {} best {} SLA {} ({})", StateWord(status.state()),
                     status.trials_done(), status.trials_planned(), ScoreText(status.baseline()),
                     ScoreText(status.best_candidate()), MetText(status.compliance()),
                     status.reason());
}

std::string Report(const v1::TunerStatus& status) {
  // On the same load as the winner, where that is known.
  const v1::ScoredConfiguration& baseline =
      status.has_reference() ? status.reference() : status.baseline();
  const auto before = Metrics(baseline.metrics());
  const auto after = Metrics(status.incumbent().metrics());
  std::vector<std::vector<std::string>> rows = {{"", "baseline", "winner"}};
  rows.push_back({"score", ScoreText(baseline), ScoreText(status.incumbent())});
  for (const auto& [name, value] : before) {
    const auto found = after.find(name);
    rows.push_back({name, value, found == after.end() ? "-" : found->second});
  }
  rows.push_back({"SLA", MetText(baseline.compliance()), MetText(status.incumbent().compliance())});
  const auto old_config = Parameters(baseline.config());
  const auto new_config = Parameters(status.incumbent().config());
  for (std::size_t i = 0; i < old_config.size(); ++i) {
    rows.push_back({old_config[i].first, old_config[i].second,
                    i < new_config.size() ? new_config[i].second : "-"});
  }
  std::string text = Table(rows);
  text += status.has_gain() ? "proven gain: " + GainText(status.gain()) + "\n"
                            : "no configuration was proven better than the baseline\n";
  return text;
}

std::string FrontTable(const v1::GetBestConfigurationResponse& best) {
  std::vector<std::vector<std::string>> rows = {
      {"SCORE", "P99", "OPS/S", "MEMORY", "CONFIGURATION"}};
  for (const v1::ScoredConfiguration& each : best.front()) {
    const v1::PerformanceMetrics& metrics = each.metrics();
    rows.push_back({fmt::format("{:.4g}", each.score().value()),
                    fmt::format("{:.1f} ms", metrics.latency_p99_ms()),
                    fmt::format("{:.0f}", metrics.throughput_ops_per_second()),
                    fmt::format("{:.0f} MiB", metrics.memory_bytes() / (1 << 20)),
                    OneLine(each.config())});
  }
  if (rows.size() == 1) return "no front: objective.front is empty, or nothing is measured yet\n";
  return Table(rows);
}

std::string TrialTable(const std::vector<v1::Trial>& trials) {
  std::vector<std::vector<std::string>> rows = {
      {"id", "round", "purpose", "verdict", "score", "p99 ms", "configuration", "reason"}};
  for (const v1::Trial& trial : trials) {
    rows.push_back({std::to_string(trial.id()), std::to_string(trial.round()),
                    Word(v1::TrialPurpose_Name(trial.purpose()), "TRIAL_PURPOSE_"),
                    v1::Verdict_Name(trial.verdict()).substr(8),
                    trial.has_score() ? fmt::format("{:.3f}", trial.score().value()) : "-",
                    trial.metrics().has_latency_p99_ms()
                        ? fmt::format("{:.1f}", trial.metrics().latency_p99_ms())
                        : "-",
                    OneLine(trial.config()), trial.reason()});
  }
  return Table(rows);
}

std::string DecisionTable(const std::vector<v1::Decision>& decisions) {
  std::vector<std::vector<std::string>> rows = {{"id", "when", "reason", "actor", "explanation"}};
  for (const v1::Decision& decision : decisions) {
    rows.push_back({std::to_string(decision.id()), TimeUtil::ToString(decision.made_at()),
                    Word(v1::DecisionReason_Name(decision.reason()), "DECISION_REASON_"),
                    decision.actor(), decision.explanation()});
  }
  return Table(rows);
}

}  // namespace trimtab::cli
