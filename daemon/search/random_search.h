// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/search/strategy.h"

namespace trimtab {

// Independent uniform points: the yardstick that any other strategy must beat.
// Bergstra, Bengio, "Random search for hyper-parameter optimization", JMLR 13.
class RandomStrategy final : public Strategy {
 public:
  RandomStrategy(SearchSpace space, std::uint64_t seed) : space_(std::move(space)), seed_(seed) {}

  std::string_view name() const override { return "random"; }
  std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const override;

 private:
  SearchSpace space_;
  std::uint64_t seed_;
};

}  // namespace trimtab
