// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/base/error.h"
#include "daemon/search/bayes.h"
#include "daemon/search/grid.h"
#include "daemon/search/hill_climb.h"
#include "daemon/search/random_search.h"
#include "daemon/search/sobol.h"
#include "daemon/search/strategy.h"

namespace trimtab {

std::vector<std::string> StrategyNames() {
  return {"bayes", "grid", "hill_climb", "random", "sobol"};
}

absl::StatusOr<std::unique_ptr<Strategy>> CreateStrategy(std::string_view name, SearchSpace space,
                                                         std::uint64_t seed,
                                                         StrategyOptions options) {
  if (space.dimensions().empty()) {
    return absl::InvalidArgumentError("the search space has no parameter");
  }
  if (name == "bayes") {
    return BayesStrategy::Create(std::move(space), seed, std::move(options));
  }
  if (name == "grid") {
    if (!space.PointCount()) {
      return absl::InvalidArgumentError(
          "strategy 'grid' needs a finite space: give every double a step or a list of values");
    }
    return std::make_unique<GridStrategy>(std::move(space), seed);
  }
  if (name == "hill_climb") {
    return std::make_unique<HillClimbStrategy>(std::move(space), seed, std::move(options.start));
  }
  if (name == "random") return std::make_unique<RandomStrategy>(std::move(space), seed);
  if (name == "sobol") {
    if (space.dimensions().size() > SobolStrategy::kMaxDimensions) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "strategy 'sobol' takes at most {} parameters", SobolStrategy::kMaxDimensions);
    }
    return std::make_unique<SobolStrategy>(std::move(space), seed);
  }
  return Error(absl::StatusCode::kInvalidArgument, "there is no strategy '{}'; allowed: {}",
               std::string(name), fmt::join(StrategyNames(), ", "));
}

}  // namespace trimtab
