// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/search/strategy.h"

namespace trimtab {

// A Sobol sequence with a random digital shift drawn from the seed: points that
// fill the space evenly from the first on. Numbers by Boost.Random, with the
// directions of Joe and Kuo (SIAM J. Sci. Comput. 30, 2008).
class SobolStrategy final : public Strategy {
 public:
  // Most dimensions that the direction numbers reach to.
  static constexpr std::size_t kMaxDimensions = 1000;

  SobolStrategy(SearchSpace space, std::uint64_t seed) : space_(std::move(space)), seed_(seed) {}

  std::string_view name() const override { return "sobol"; }
  std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const override;

 private:
  SearchSpace space_;
  std::uint64_t seed_;
};

}  // namespace trimtab
