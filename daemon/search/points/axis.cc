// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/points/axis.h"

namespace trimtab::search {

PointSet PointSet::Rows(const std::vector<int>& rows) const {
  PointSet result;
  const auto count = static_cast<Eigen::Index>(rows.size());
  result.place.resize(count, place.cols());
  result.level.resize(count, level.cols());
  for (Eigen::Index i = 0; i < count; ++i) {
    result.place.row(i) = place.row(rows[static_cast<std::size_t>(i)]);
    result.level.row(i) = level.row(rows[static_cast<std::size_t>(i)]);
  }
  return result;
}

}  // namespace trimtab::search
