// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace trimtab::search {

// Brings measured values to where a Gaussian process is at home: about 0 on
// average, about 1 wide, without long tails. Strictly increasing, so that order
// is kept and every value has a way back. The steps:
//  1. the logarithm where values have one sign: systems' times and rates vary by
//     ratios, and so does their noise. Zeros and one value of the other sign do
//     not hinder it: below the smallest size of the common sign the scale goes on
//     linearly through zero, and logarithmically on the other side;
//  2. the median to 0 and the spread of the half that matters to 1;
//  3. the half that does not matter is squashed by log(1 + x): how much worse
//     than the median a bad configuration is, 3 ms or 55,000 ms, must not decide
//     how the good ones look;
//  4. mean 0 and deviation 1.
// Immutable.
class OutputTransform {
 public:
  OutputTransform() = default;
  // For values of which lower is better. Fits to `values`, not empty, finite.
  static OutputTransform Objective(std::vector<double> values);
  // For values that matter next to `bound`: both sides are squashed around it.
  static OutputTransform Constraint(std::vector<double> values, double bound);

  double Forward(double value) const;
  double Back(double transformed) const;
  // Derivative of Forward, and of its third step alone: 1 where nothing is
  // squashed.
  double Slope(double value) const;
  double SquashSlope(double value) const;

 private:
  double Log(double value) const;
  double Exp(double log) const;
  double Squash(double x) const;
  void Standardise(const std::vector<double>& values);

  void ChooseSign(const std::vector<double>& values);

  // -1 the values are negative, 1 positive, 0 both.
  int sign_ = 0;
  // Size from which on the scale is logarithmic; 0: everywhere.
  double floor_ = 0;
  double center_ = 0;
  double scale_ = 1;
  bool both_sides_ = false;
  double mean_ = 0;
  double deviation_ = 1;
};

}  // namespace trimtab::search
