// SPDX-License-Identifier: Apache-2.0
#include "client/cli/render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/util/time_util.h>

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "client/cli/text.h"

namespace trimtab::cli {
namespace {

using google::protobuf::util::TimeUtil;
using Named = std::map<std::string, std::string>;

// Every metric that is set, by the name of its field.
Named Metrics(const v1::PerformanceMetrics& metrics) {
  Named result;
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

// A row for each name that either side has, with a further cell where there is
// one for the name.
void AddBoth(const Named& before, const Named& after, const Named& further,
             std::vector<std::vector<std::string>>& rows) {
  std::set<std::string> names;
  for (const Named* side : {&before, &after}) {
    for (const auto& [name, value] : *side) names.insert(name);
  }
  const auto in = [](const Named& side, const std::string& name) {
    const auto found = side.find(name);
    return found == side.end() ? std::string("-") : found->second;
  };
  for (const std::string& name : names) {
    rows.push_back({name, in(before, name), in(after, name)});
    if (further.count(name) > 0) rows.back().push_back(further.at(name));
  }
}

// A caller's own words, which must not steer the terminal.
std::string Plain(const std::string& text) {
  std::string plain = text.empty() ? "-" : text;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto byte = static_cast<unsigned char>(plain[i]);
    const auto before = i == 0 ? 0 : static_cast<unsigned char>(plain[i - 1]);
    // The second kind is U+0080 to U+009F.
    if (byte < 0x20 || byte == 0x7f || (before == 0xc2 && byte < 0xa0)) plain[i] = '?';
  }
  return plain;
}

// What differs after a call: "holding -> paused, batch_size 8 -> 16".
std::string ChangeText(const v1::AuditRecord& record) {
  std::vector<std::string> changes;
  const auto compare = [&changes](const std::string& name, const std::string& before,
                                  const std::string& after) {
    if (before != after) changes.push_back(name + before + " -> " + after);
  };
  compare("", StateWord(record.before().state()), StateWord(record.after().state()));
  const auto mode = [](const v1::AuditedState& state) {
    return Word(v1::TuningMode_Name(state.mode()), "TUNING_MODE_");
  };
  compare("mode ", mode(record.before()), mode(record.after()));
  const Named before = Parameters(record.before().config());
  for (const auto& [name, value] : Parameters(record.after().config())) {
    const auto old_value = before.find(name);
    compare(name + " ", old_value == before.end() ? "-" : old_value->second, value);
  }
  return changes.empty() ? "-" : fmt::format("{}", fmt::join(changes, ", "));
}

}  // namespace

std::string Report(const v1::TunerStatus& status) {
  // On the same load as the winner, where that is known.
  const v1::ScoredConfiguration& baseline =
      status.has_reference() ? status.reference() : status.baseline();
  const v1::ScoredConfiguration& winner = status.incumbent();
  Named importances;
  for (const v1::ParameterImportance& each : status.importances()) {
    importances[each.name()] = fmt::format("{:.0f} %", each.share() * 100);
  }
  std::vector<std::vector<std::string>> rows = {{"", "baseline", "winner"}};
  if (!importances.empty()) rows[0].emplace_back("matters");
  rows.push_back({"score", ScoreText(baseline), ScoreText(winner)});
  AddBoth(Metrics(baseline.metrics()), Metrics(winner.metrics()), {}, rows);
  rows.push_back({"SLA", MetText(baseline.compliance()), MetText(winner.compliance())});
  AddBoth(Parameters(baseline.config()), Parameters(winner.config()), importances, rows);
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

std::string SlaTable(const v1::GetSlaComplianceResponse& sla) {
  const v1::SlaRequirements& demanded = sla.requirements();
  const v1::SlaCompliance& compliance = sla.compliance();
  const v1::PerformanceMetrics& metrics = sla.metrics();
  std::vector<std::vector<std::string>> rows = {{"requirement", "demanded", "newest", "met"}};
  const auto add = [&rows](const char* name, const std::string& limit, bool known, double value,
                           std::optional<bool> met) {
    rows.push_back({name, limit, known ? fmt::format("{:.2f}", value) : "-",
                    met ? *met ? "yes" : "no" : "not known"});
  };
  const auto set = [](bool has, bool value) { return has ? std::optional(value) : std::nullopt; };
  if (demanded.has_max_latency_p99_ms()) {
    add("latency p99, ms", fmt::format("at most {}", demanded.max_latency_p99_ms()),
        metrics.has_latency_p99_ms(), metrics.latency_p99_ms(),
        set(compliance.has_latency_p99_met(), compliance.latency_p99_met()));
  }
  if (demanded.has_min_throughput_ops_per_second()) {
    add("throughput, operations/s",
        fmt::format("at least {}", demanded.min_throughput_ops_per_second()),
        metrics.has_throughput_ops_per_second(), metrics.throughput_ops_per_second(),
        set(compliance.has_throughput_met(), compliance.throughput_met()));
  }
  if (demanded.has_min_availability_percent()) {
    add("availability, %", fmt::format("at least {}", demanded.min_availability_percent()),
        metrics.has_availability_percent(), metrics.availability_percent(),
        set(compliance.has_availability_met(), compliance.availability_met()));
  }
  if (demanded.has_max_error_rate_percent()) {
    add("errors and timeouts, %", fmt::format("at most {}", demanded.max_error_rate_percent()),
        metrics.has_error_rate_percent(),
        metrics.error_rate_percent() + metrics.timeout_rate_percent(),
        set(compliance.has_error_rate_met(), compliance.error_rate_met()));
  }
  if (rows.size() == 1) return "nothing is demanded: the settings have no `sla`\n";
  const v1::ErrorBudget& budget = sla.budget();
  return Table(rows) +
         fmt::format(
             "error budget: {:.0f} % left; {:.0f} s in breach of {:.0f} s, "
             "{} % may be\n",
             budget.remaining_percent(), TimeUtil::DurationToMilliseconds(budget.in_breach()) / 1e3,
             TimeUtil::DurationToMilliseconds(budget.observed()) / 1e3, budget.allowed_percent());
}

std::string TrialTable(const std::vector<v1::Trial>& trials) {
  std::vector<std::vector<std::string>> rows = {{"id", "round", "purpose", "verdict", "score",
                                                 "expected", "p99 ms", "configuration", "reason"}};
  for (const v1::Trial& trial : trials) {
    rows.push_back({std::to_string(trial.id()), std::to_string(trial.round()),
                    Word(v1::TrialPurpose_Name(trial.purpose()), "TRIAL_PURPOSE_"),
                    v1::Verdict_Name(trial.verdict()).substr(8),
                    trial.has_score() ? fmt::format("{:.3f}", trial.score().value()) : "-",
                    trial.has_predicted() ? PredictionText(trial.predicted()) : "-",
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

std::string AuditTable(const std::vector<v1::AuditRecord>& records) {
  std::vector<std::vector<std::string>> rows = {{"id", "when", "caller", "role", "from", "call",
                                                 "outcome", "times", "changed", "request",
                                                 "message"}};
  for (const v1::AuditRecord& each : records) {
    rows.push_back({std::to_string(each.id()), TimeUtil::ToString(each.made_at()),
                    Plain(each.caller()), Plain(each.role()), each.peer(), each.call(),
                    each.outcome(), std::to_string(each.count()), ChangeText(each),
                    Plain(each.request()), Plain(each.message())});
  }
  return Table(rows);
}

}  // namespace trimtab::cli
