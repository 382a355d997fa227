// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/sequence.h"

#include "daemon/search/seen.h"

namespace trimtab {
namespace {

// Places tried beyond the length of the history before the sequence is given
// up; rules may forbid most of a space.
constexpr std::size_t kPatience = 4096;

}  // namespace

std::optional<Suggestion> FirstUnseenAlong(const SearchSpace& space,
                                           const std::vector<Observation>& history,
                                           const std::function<std::vector<double>()>& next,
                                           std::uint64_t fallback_start) {
  const Seen seen(space, history);
  for (std::size_t i = 0; i < history.size() + kPatience; ++i) {
    Configuration candidate = space.At(next());
    if (!seen.Contains(candidate) && space.CheckRules(candidate).ok())
      return Suggestion{std::move(candidate)};
  }
  const std::optional<std::uint64_t> count = space.PointCount();
  if (!count) return std::nullopt;
  return FirstUnseen(space, seen, fallback_start % *count);
}

}  // namespace trimtab
