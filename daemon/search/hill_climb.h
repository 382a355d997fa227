// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "daemon/search/points/encoder.h"
#include "daemon/search/strategy.h"

namespace trimtab {

// Looks only next to the best configuration found, one parameter at a time: a
// compass search (Kolda, Lewis, Torczon, "Optimization by direct search", SIAM
// Review 45, 2003, section 3.1) from wide steps to narrow ones. Cheap and easy
// to follow, good for one to three parameters without false peaks; no model, so
// that one lucky measurement leads it astray. The best is the highest mean of
// the scores of a configuration. Begins at StrategyOptions::start, else in the
// middle; when everything around the best was tried it goes on at random.
class HillClimbStrategy final : public Strategy {
 public:
  HillClimbStrategy(SearchSpace space, std::uint64_t seed, std::optional<Configuration> start);

  std::string_view name() const override { return "hill_climb"; }
  std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const override;

 private:
  // Nothing while no score is known.
  std::optional<Eigen::RowVectorXd> Best(const std::vector<Observation>& history) const;
  // All moves from `center`, the widest first.
  std::vector<Eigen::RowVectorXd> Moves(const Eigen::RowVectorXd& center) const;

  search::Encoder encoder_;
  std::optional<Configuration> start_;
  // Takes over where there is no move left.
  std::unique_ptr<Strategy> random_;
};

}  // namespace trimtab
