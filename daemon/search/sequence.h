// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "daemon/search/strategy.h"

namespace trimtab {

// Walks a fixed sequence of places in the unit cube and returns the first whose
// point is not used up and obeys the rules. `next` gives the next place. When
// the sequence has hit only used-up points for long, a finite space is searched
// from `fallback_start` on, so that the last points are found too; a continuum
// gives nothing.
std::optional<Suggestion> FirstUnseenAlong(const SearchSpace& space,
                                           const std::vector<Observation>& history,
                                           const std::function<std::vector<double>()>& next,
                                           std::uint64_t fallback_start);

}  // namespace trimtab
