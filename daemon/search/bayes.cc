// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/bayes.h"

#include "daemon/search/engine.h"

namespace trimtab {

BayesStrategy::BayesStrategy(SearchSpace space, std::uint64_t seed, StrategyOptions options)
    : engine_(std::make_unique<const search::Engine>(std::move(space), seed, std::move(options))) {}

BayesStrategy::~BayesStrategy() = default;

std::optional<Suggestion> BayesStrategy::Suggest(const std::vector<Observation>& history) const {
  return engine_->Suggest(history);
}

std::optional<Appraisal> BayesStrategy::Appraise(const std::vector<Observation>& history) const {
  const std::vector<double> importances = engine_->Importances(history);
  if (importances.empty()) return std::nullopt;
  Appraisal appraisal{engine_->Rank(history), {}};
  for (std::size_t i = 0; i < importances.size(); ++i) {
    appraisal.importances.emplace(engine_->encoder().space().dimensions()[i].name, importances[i]);
  }
  return appraisal;
}

std::optional<Incumbent> BayesStrategy::Best(const std::vector<Observation>& history) const {
  std::vector<Incumbent> ranking = engine_->Rank(history);
  if (ranking.empty()) return std::nullopt;
  return std::move(ranking.front());
}

std::vector<FrontPoint> BayesStrategy::Front(const std::vector<Observation>& history) const {
  return engine_->Front(history);
}

std::vector<Suggestion> BayesStrategy::SuggestMany(std::vector<Observation> history,
                                                   int count) const {
  std::vector<Suggestion> suggestions;
  while (static_cast<int>(suggestions.size()) < count) {
    std::optional<Suggestion> next = engine_->Suggest(history);
    if (!next) break;
    history.push_back({.config = next->config, .pending = true});
    suggestions.push_back(*std::move(next));
  }
  return suggestions;
}

std::vector<double> BayesStrategy::Importances(const std::vector<Observation>& history) const {
  return engine_->Importances(history);
}

}  // namespace trimtab
