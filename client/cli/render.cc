// SPDX-License-Identifier: Apache-2.0
#include "client/cli/render.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <map>
#include <set>

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

}  // namespace trimtab::cli
