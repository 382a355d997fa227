// SPDX-License-Identifier: Apache-2.0
#include "daemon/scoring/statistics.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace trimtab {

void RunningStats::Add(double value) {
  ++count_;
  const double delta = value - mean_;
  mean_ += delta / static_cast<double>(count_);
  squares_ += delta * (value - mean_);
}

std::optional<double> RunningStats::Variance() const {
  if (count_ < 2) return std::nullopt;
  return squares_ / static_cast<double>(count_ - 1);
}

std::optional<double> RunningStats::StandardError() const {
  const std::optional<double> variance = Variance();
  if (!variance) return std::nullopt;
  return std::sqrt(*variance / static_cast<double>(count_));
}

double StudentTQuantile(double p, double degrees_of_freedom) {
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), p);
}

std::optional<Gain> PairedGain(const std::vector<std::pair<double, double>>& pairs,
                               double confidence) {
  RunningStats gains;
  for (const auto& [reference, score] : pairs) {
    if (reference == 0) return std::nullopt;
    gains.Add((score - reference) / std::abs(reference));
  }
  const std::optional<double> error = gains.StandardError();
  if (!error) return std::nullopt;
  const double t = StudentTQuantile(0.5 + confidence / 2, static_cast<double>(gains.count() - 1));
  return Gain{gains.mean(), gains.mean() - t * *error, gains.mean() + t * *error, confidence};
}

std::optional<Gain> UnpairedGain(const Score& reference, const Score& score) {
  if (reference.value == 0 || !reference.standard_error || !score.standard_error) {
    return std::nullopt;
  }
  constexpr double kNormalQuantile = 1.959963984540054;
  const double size = std::abs(reference.value);
  const double gain = (score.value - reference.value) / size;
  // First-order propagation through the quotient.
  const double error = std::hypot(*score.standard_error / size,
                                  *reference.standard_error * score.value / (size * size));
  return Gain{gain, gain - kNormalQuantile * error, gain + kNormalQuantile * error, 0.95};
}

}  // namespace trimtab
