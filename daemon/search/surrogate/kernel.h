// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

#include "daemon/search/points/axis.h"

namespace trimtab::search {

// The covariance of the surrogate: a product over the axes of
//   Matern 5/2 in |a - b| / length          for an ordered axis,
//   exp(-[a != b] / length)                 for a category,
// Rasmussen, Williams, "Gaussian Processes for Machine Learning", MIT Press
// 2006, section 4.2.1 (Matern); Hutter et al., "Algorithm runtime prediction",
// AIJ 206, 2014, section 4.3 (the Hamming kernel for categories). All values
// are correlations: the signal's variance is a factor outside.
class Kernel {
 public:
  explicit Kernel(std::vector<Axis> axes) : axes_(std::move(axes)) {}

  const std::vector<Axis>& axes() const { return axes_; }

  // Correlation of each row of `a` with each row of `b`.
  Eigen::MatrixXd Cross(const PointSet& a, const PointSet& b,
                        const Eigen::VectorXd& log_lengths) const;

  // The logarithm of one axis's factor and its derivative by the logarithm of
  // the length, at the distance `distance` (0 or 1 for a category).
  static double LogFactor(Axis::Kind kind, double distance, double length);
  static double LogFactorSlope(Axis::Kind kind, double distance, double length);

 private:
  std::vector<Axis> axes_;
};

}  // namespace trimtab::search
