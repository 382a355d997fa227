// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include "daemon/search/points/axis.h"

namespace trimtab::search {

// Logarithms of what the model is made of. The model of a configuration's
// value is
//   value(x) = f(x) + own(x),  f ~ GP(0, kernel),  own ~ N(0, nugget)
// and each measurement of it adds N(0, noise). The nugget is what lets a real
// system have cliffs that no smooth f explains and that are still the same at
// every repeat; without it the misfit would pass for noise and be averaged away.
struct Hyper {
  // Of each axis LengthCount, one axis after the other.
  Eigen::VectorXd log_lengths;
  // Variance of the part in which the axes interact, and of the additive part.
  double log_signal = 0;
  double log_additive = 0;
  double log_nugget = 0;
  double log_noise = 0;

  Eigen::VectorXd Pack() const;
  static Hyper Unpack(const Eigen::VectorXd& packed);
};

// Lengths of one axis: of a category of three or more levels one a level, so that
// two levels may be alike where a third is not; else one.
Eigen::Index LengthCount(const Axis& axis);
// An axis's factor for every pair of levels, of an axis that has levels.
Eigen::MatrixXd FactorTable(const Axis& axis, const Eigen::VectorXd& lengths);

// The covariance of the surrogate:
//   signal * product over the axes + additive * mean over the axes of
//   Matern 5/2 in |a - b| / length          for an ordered axis,
//   exp(-[a != b] / length)                 for a category, where 1 / length is
//                                           the mean of both levels' inverses,
// The additive part carries what parameters do each by itself from one corner
// of the space to all others (Duvenaud, Nickisch, Rasmussen, "Additive Gaussian
// processes", NIPS 2011), which in real systems is most. The factor of a source
// axis multiplies the whole.
// Rasmussen, Williams, "Gaussian Processes for Machine Learning", MIT Press
// 2006, section 4.2.1 (Matern); Hutter et al., "Algorithm runtime prediction",
// AIJ 206, 2014, section 4.3 (the Hamming kernel for categories).
class Kernel {
 public:
  explicit Kernel(std::vector<Axis> axes);

  const std::vector<Axis>& axes() const { return axes_; }
  // Where an axis's lengths begin among all.
  Eigen::Index FirstLength(std::size_t axis) const { return first_length_[axis]; }

  // Of any value with itself.
  static double Variance(const Hyper& hyper) {
    return std::exp(hyper.log_signal) + std::exp(hyper.log_additive);
  }
  // Covariance of each row of `a` with each row of `b`.
  Eigen::MatrixXd Cross(const PointSet& a, const PointSet& b, const Hyper& hyper) const;

  // The logarithm of one axis's factor and its derivative by the logarithm of
  // the length, at the distance `distance` (0 or 1 for a category).
  static double LogFactor(Axis::Kind kind, double distance, double length);
  static double LogFactorSlope(Axis::Kind kind, double distance, double length);

 private:
  std::vector<Axis> axes_;
  std::vector<Eigen::Index> first_length_;
};

}  // namespace trimtab::search
