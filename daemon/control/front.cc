// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/front.h"

#include <algorithm>

#include "daemon/control/history.h"

namespace trimtab::control {
namespace {

struct Entry {
  const Trial* trial;
  // Score and front metrics, all turned so that higher is better.
  std::vector<double> merits;
};

// Whether `a` is as good as `b` in all and better in one.
bool Dominates(const Entry& a, const Entry& b) {
  bool better = false;
  for (std::size_t i = 0; i < a.merits.size(); ++i) {
    if (a.merits[i] < b.merits[i]) return false;
    better = better || a.merits[i] > b.merits[i];
  }
  return better;
}

}  // namespace

std::vector<Further> FurtherOf(const ObjectiveSpec& objective) {
  std::vector<Further> further;
  for (const Metric metric : objective.front) {
    further.push_back({std::string(Info(metric).name), !Info(metric).higher_is_better});
  }
  return further;
}

std::vector<ScoredConfiguration> FrontOf(const ObjectiveSpec& objective,
                                         const std::vector<Trial>& round_trials) {
  if (objective.front.empty()) return {};
  const std::vector<Observation> history = ToHistory(round_trials);
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const Trial& trial = round_trials[i];
    if (trial.purpose != TrialPurpose::kCandidate) continue;
    std::erase_if(entries, [&](const Entry& each) { return each.trial->config == trial.config; });
    if (!history[i].score || trial.compliance.compliant == false) continue;
    Entry entry{&trial, {history[i].score->value}};
    for (const Metric metric : objective.front) {
      const std::optional<double> value = trial.measurement.metrics[metric];
      if (value) entry.merits.push_back(Info(metric).higher_is_better ? *value : -*value);
    }
    if (entry.merits.size() == 1 + objective.front.size()) entries.push_back(std::move(entry));
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.merits[0] > b.merits[0]; });
  std::vector<ScoredConfiguration> front;
  for (const Entry& entry : entries) {
    const bool dominated = std::any_of(entries.begin(), entries.end(),
                                       [&](const Entry& other) { return Dominates(other, entry); });
    if (dominated) continue;
    const Trial& trial = *entry.trial;
    front.push_back({trial.config, trial.score, trial.measurement.metrics, trial.compliance});
  }
  return front;
}

}  // namespace trimtab::control
