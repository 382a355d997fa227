// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/objective_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace trimtab {
namespace {

std::vector<std::string> MetricNames() {
  std::vector<std::string> names;
  for (const MetricInfo& info : AllMetrics()) names.emplace_back(info.name);
  return names;
}

void ReadFront(const YAML::Node& front, YamlReader& reader, ObjectiveSpec& objective) {
  if (!front.IsDefined() || front.IsNull()) return;
  if (!front.IsSequence() || front.size() > ObjectiveSpec::kMostFront) {
    reader.Fail("front", front,
                fmt::format("must be a list of at most {} metrics, each one of: {}",
                            ObjectiveSpec::kMostFront, fmt::join(MetricNames(), ", ")));
    return;
  }
  for (const YAML::Node& each : front) {
    const auto metric = each.IsScalar() ? MetricByName(each.Scalar()) : std::optional<Metric>();
    if (!metric) {
      reader.Fail("front", each,
                  fmt::format("names no metric; allowed: {}", fmt::join(MetricNames(), ", ")));
      continue;
    }
    if (std::find(objective.front.begin(), objective.front.end(), *metric) !=
        objective.front.end()) {
      reader.Fail("front", each, "names a metric twice");
      continue;
    }
    objective.front.push_back(*metric);
  }
}

}  // namespace

void ReadObjective(const YAML::Node& node, TuningPolicy& policy, Reading& reading) {
  ObjectiveSpec& objective = policy.objective;
  YamlReader reader(node, "objective", reading);
  reader.Choice("kind", {"reference", "maximize", "minimize", "weighted"}, objective.kind);
  const std::vector<std::string> names = MetricNames();
  // A wrong one is told as such, not as missing.
  const auto given = [&node](const char* key) { return node.IsMap() && node[key].IsDefined(); };
  reader.Choice("metric", names,
                [&](const std::string& name) { objective.metric = *MetricByName(name); });
  {
    YamlReader weights(reader.Take("weights"), "objective.weights", reading);
    for (const std::string& name : names) {
      std::optional<double> weight;
      weights.Number(name, weight, 1e-9, 1e9);
      if (weight) objective.weights[*MetricByName(name)] = *weight;
    }
  }
  ReadFront(reader.Take("front", KnownSetting::Kind::kList), reader, objective);
  if (!objective.front.empty() && policy.strategy != "bayes") {
    reader.Fail("front", node["front"], "needs tuning.strategy bayes");
  }
  const bool one = objective.kind == ObjectiveSpec::Kind::kMaximize ||
                   objective.kind == ObjectiveSpec::Kind::kMinimize;
  if (one && !given("metric")) {
    reader.Fail(
        "metric", node,
        fmt::format("must be given for maximize and minimize, one of: {}", fmt::join(names, ", ")));
  }
  if (!one && given("metric")) {
    reader.FailAt("metric", "has no effect; allowed with the kinds maximize and minimize");
  }
  if (objective.kind != ObjectiveSpec::Kind::kWeighted && given("weights")) {
    reader.FailAt("weights", "has no effect; allowed with the kind weighted");
  }
  if (objective.kind == ObjectiveSpec::Kind::kWeighted && objective.weights.empty()) {
    reader.Fail("weights", node,
                fmt::format("must give a weight to at least one metric for weighted, of: {}",
                            fmt::join(names, ", ")));
  }
}

}  // namespace trimtab
