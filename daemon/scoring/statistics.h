// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/model/objective.h"

namespace trimtab {

// Mean and variance of a stream of numbers, without sums that lose digits.
// Welford, Technometrics 4 (1962). A value type.
class RunningStats {
 public:
  void Add(double value);

  std::int64_t count() const { return count_; }
  double mean() const { return mean_; }
  // Of the sample; nothing below two values.
  std::optional<double> Variance() const;
  // Standard error of the mean; nothing below two values.
  std::optional<double> StandardError() const;

 private:
  std::int64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

// The quantile of Student's t distribution, by Boost.Math. `p` in (0, 1),
// `degrees_of_freedom` at least 1.
double StudentTQuantile(double p, double degrees_of_freedom);

// The gain of the second over the first of each pair, relative to the size of
// the first, with a two-sided t interval at `confidence`. Assumes that the
// pairs' gains are independent and roughly normal; what both halves of a pair
// share (load, time of day) drops out. Nothing below two pairs or when a first
// is zero.
std::optional<Gain> PairedGain(const std::vector<std::pair<double, double>>& pairs,
                               double confidence);

// The gain of one score over another from their standard errors, with a normal
// interval at 95 %; for estimates that no validation stands behind. Nothing
// when a standard error is missing or the reference is zero.
std::optional<Gain> UnpairedGain(const Score& reference, const Score& score);

}  // namespace trimtab
