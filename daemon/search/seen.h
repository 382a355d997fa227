// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/search/strategy.h"

namespace trimtab {

// Which points of a space a history has used up. A point is used up once it was
// measured, found bad or is pending; one whose trial said nothing (INCONCLUSIVE
// or ERROR) may be proposed once more.
class Seen {
 public:
  Seen(const SearchSpace& space, const std::vector<Observation>& history);

  bool Contains(const Configuration& candidate) const;

 private:
  // Uses left, by fingerprint; absent means all.
  std::unordered_map<std::uint64_t, int> uses_left_;
};

// The first point of a finite space, from `start` on and round, that is not
// used up and obeys the rules. Nothing when there is none. Cost: one step for
// each point passed over.
std::optional<Suggestion> FirstUnseen(const SearchSpace& space, const Seen& seen,
                                      std::uint64_t start);

}  // namespace trimtab
