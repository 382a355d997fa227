// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/seen.h"

#include <algorithm>

namespace trimtab {
namespace {

constexpr int kTriesOfAPoint = 2;

// The configuration as the space knows it: without the parameters held fixed.
Configuration Project(const SearchSpace& space, const Configuration& configuration) {
  Configuration result;
  for (const Dimension& dimension : space.dimensions()) {
    const ParameterValue* value = configuration.Find(dimension.name);
    if (value != nullptr) result.Set(dimension.name, *value);
  }
  return result;
}

}  // namespace

Seen::Seen(const SearchSpace& space, const std::vector<Observation>& history) {
  for (const Observation& observation : history) {
    const std::uint64_t key = Project(space, observation.config).Fingerprint();
    int& left = uses_left_.try_emplace(key, kTriesOfAPoint).first->second;
    const bool settled = observation.pending || observation.verdict == Verdict::kSuccess ||
                         observation.verdict == Verdict::kFailed;
    left = settled ? 0 : std::max(0, left - 1);
  }
}

bool Seen::Contains(const Configuration& candidate) const {
  const auto found = uses_left_.find(candidate.Fingerprint());
  return found != uses_left_.end() && found->second == 0;
}

std::optional<Suggestion> FirstUnseen(const SearchSpace& space, const Seen& seen,
                                      std::uint64_t start) {
  const std::uint64_t count = *space.PointCount();
  for (std::uint64_t i = 0; i < count; ++i) {
    Configuration candidate = space.Point((start + i) % count);
    if (!seen.Contains(candidate) && space.CheckRules(candidate).ok())
      return Suggestion{std::move(candidate)};
  }
  return std::nullopt;
}

}  // namespace trimtab
