// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/grid.h"

#include "daemon/search/seen.h"

namespace trimtab {

std::optional<Suggestion> GridStrategy::Suggest(const std::vector<Observation>& history) const {
  return FirstUnseen(space_, Seen(space_, history), seed_ % *space_.PointCount());
}

}  // namespace trimtab
