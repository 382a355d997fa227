// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/model/search_space.h"
#include "daemon/search/points/axis.h"

namespace trimtab::search {

// Turns configurations of a space into the surrogate's coordinates and back.
//
// A list of numbers, and a range of few points, is an ordered axis whose levels
// are evenly spaced: who lists 1, 10, 100 means equal steps. A range of many
// points or a continuum is an ordered axis along the range's scale. Categories
// and switches are category axes. Coordinates are canonical: equal
// configurations have bit for bit equal rows.
// Immutable and thread-safe.
class Encoder {
 public:
  // A finite axis of at most this many points has levels.
  static constexpr std::uint64_t kMostLevels = 64;

  explicit Encoder(SearchSpace space);

  const SearchSpace& space() const { return space_; }
  const std::vector<Axis>& axes() const { return axes_; }

  // The row of a configuration; parameters that the space lacks are ignored.
  // Nothing when one of the space's parameters is missing or has a value that
  // the space does not allow.
  std::optional<Eigen::RowVectorXd> Encode(const Configuration& configuration) const;
  // The configuration of a canonical row.
  Configuration Decode(const Eigen::RowVectorXd& row) const;
  // The canonical row nearest to `unit`, a place in the unit cube with equal
  // shares for the points of each finite axis.
  Eigen::RowVectorXd Snap(const Eigen::RowVectorXd& unit) const;
  // One coordinate of it.
  double SnapCell(std::size_t axis, double unit) const;
  // The coordinate of an allowed value, and the number at a coordinate: 0 or 1
  // for a switch, 0 for a category.
  double CellOf(std::size_t axis, const ParameterValue& value) const;
  double NumberAt(std::size_t axis, double cell) const;
  // The row of the i-th point in the space's own order; finite spaces only.
  Eigen::RowVectorXd Row(std::uint64_t index) const;

  // The set of some canonical rows.
  PointSet Points(const Eigen::MatrixXd& rows) const;

 private:
  double PlaceOfLevel(std::size_t axis, int level) const;

  SearchSpace space_;
  std::vector<Axis> axes_;
};

// Whether canonical row `a` comes before `b`: coordinate by coordinate.
bool RowLess(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b);

// How far two canonical rows are apart: the Euclidean norm of the differences
// of the places, 1 for two different categories.
double Distance(const std::vector<Axis>& axes, const Eigen::RowVectorXd& a,
                const Eigen::RowVectorXd& b);

}  // namespace trimtab::search
