// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "daemon/search/strategy.h"

namespace trimtab {

namespace search {
class Engine;
}

// Bayesian optimisation, the default strategy: a few points that fill the
// space, then the trial of which the knowledge gradient expects most under an
// ensemble of Gaussian processes. See README.md for the parts and their
// sources. Cost: milliseconds a suggestion; memory O(points of a small space +
// rows of a model squared).
class BayesStrategy final : public Strategy {
 public:
  // INVALID_ARGUMENT as CreateStrategy says, with the field.
  static absl::StatusOr<std::unique_ptr<BayesStrategy>> Create(SearchSpace space,
                                                               std::uint64_t seed,
                                                               StrategyOptions options);

  // For options that are known to be right.
  BayesStrategy(SearchSpace space, std::uint64_t seed, StrategyOptions options = {});
  ~BayesStrategy() override;

  std::string_view name() const override { return "bayes"; }
  std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const override;
  std::optional<Appraisal> Appraise(const std::vector<Observation>& history) const override;

  // The first of the appraisal's ranking: of those measured the one with the best
  // posterior mean after 1.5 of its deviations of caution, so that one lucky
  // draw does not win; where there are bounds only one that likely keeps them
  // all. Nothing while there is none.
  std::optional<Incumbent> Best(const std::vector<Observation>& history) const;

  // With StrategyOptions::further the Pareto front of what was tried, the highest
  // score first; without, the one with the best mean. Only what likely keeps
  // all bounds.
  std::vector<FrontPoint> Front(const std::vector<Observation>& history) const;

  // Up to `count` candidates to be measured at the same time: each is chosen as
  // if the ones before it were pending.
  std::vector<Suggestion> SuggestMany(std::vector<Observation> history, int count) const;

  // How much of the score's variation over the space each parameter takes part
  // in, in the space's order, each in [0, 1]. Empty while there is no model.
  std::vector<double> Importances(const std::vector<Observation>& history) const;

 private:
  std::unique_ptr<const search::Engine> engine_;
};

}  // namespace trimtab
