// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

namespace trimtab::search {

// How the values of one dimension relate to each other, as the surrogate sees
// them.
struct Axis {
  enum class Kind {
    // Places in [0, 1]; near places behave alike.
    kOrdered,
    // Level numbers 0, 1, ...; any two different levels are equally far apart.
    kCategory,
    // As kCategory, of whose trial a row is: what is learned there holds here
    // only so far.
    kSource,
  };
  Kind kind = Kind::kOrdered;
  // Number of levels of a finite axis; 0 for a continuum and for a range of so
  // many points that a table of all pairs would not pay.
  int levels = 0;
};

// Points of a space in the surrogate's coordinates: one row a point, one column
// an axis. `level` is -1 where the axis has no levels.
struct PointSet {
  Eigen::MatrixXd place;
  Eigen::MatrixXi level;

  Eigen::Index size() const { return place.rows(); }
  PointSet Rows(const std::vector<int>& rows) const;
};

}  // namespace trimtab::search
