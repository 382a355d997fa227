// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/random_search.h"

#include "daemon/base/random.h"
#include "daemon/search/sequence.h"

namespace trimtab {

std::optional<Suggestion> RandomStrategy::Suggest(const std::vector<Observation>& history) const {
  Random random(seed_);
  const std::uint64_t fallback_start = random.Next();
  const auto next = [&] {
    std::vector<double> place(space_.dimensions().size());
    for (double& coordinate : place) coordinate = random.Uniform();
    return place;
  };
  return FirstUnseenAlong(space_, history, next, fallback_start);
}

}  // namespace trimtab
