// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/output_transform.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace trimtab::search {
namespace {

double Median(std::vector<double>& sorted) {
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size();
  return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

// A scale that is never 0: that of values which all agree is their size.
double OrSize(double scale, double size) {
  if (scale > 1e-12 * std::abs(size) && scale > 0) return scale;
  return std::abs(size) > 0 ? std::abs(size) : 1;
}

}  // namespace

void OutputTransform::ChooseSign(const std::vector<double>& values) {
  // Values of one sign beside which a single one of the other is an odd one.
  constexpr std::ptrdiff_t kMany = 5;
  const auto positive = std::count_if(values.begin(), values.end(), [](double v) { return v > 0; });
  const auto negative = std::count_if(values.begin(), values.end(), [](double v) { return v < 0; });
  const auto [few, many] = std::minmax(positive, negative);
  if (many == 0 || few > 1 || (few == 1 && many < kMany)) return;
  sign_ = positive > negative ? 1 : -1;
  if (many == static_cast<std::ptrdiff_t>(values.size())) return;
  floor_ = std::numeric_limits<double>::infinity();
  for (const double value : values) {
    if (sign_ * value > 0) floor_ = std::min(floor_, sign_ * value);
  }
}

OutputTransform OutputTransform::Objective(std::vector<double> values) {
  OutputTransform result;
  result.ChooseSign(values);
  std::vector<double> logs;
  for (const double value : values) logs.push_back(result.Log(value));
  result.center_ = Median(logs);
  double squares = 0;
  double count = 0;
  for (const double value : logs) {
    if (value > result.center_) continue;
    squares += (value - result.center_) * (value - result.center_);
    ++count;
  }
  const double spread = std::sqrt(squares / count);
  result.scale_ = OrSize(spread > 0 ? spread : logs.back() - logs.front(), result.center_);
  result.Standardise(values);
  return result;
}

OutputTransform OutputTransform::Constraint(std::vector<double> values, double bound) {
  OutputTransform result;
  values.push_back(bound);
  result.ChooseSign(values);
  values.pop_back();
  result.center_ = result.Log(bound);
  std::vector<double> distances;
  for (const double value : values) {
    distances.push_back(std::abs(result.Log(value) - result.center_));
  }
  result.scale_ = OrSize(Median(distances), result.center_);
  result.both_sides_ = true;
  result.Standardise(values);
  return result;
}

void OutputTransform::Standardise(const std::vector<double>& values) {
  std::vector<double> transformed;
  for (const double value : values) transformed.push_back(Forward(value));
  // Sorted, so that the sums do not depend on the order of the values.
  std::sort(transformed.begin(), transformed.end());
  double sum = 0;
  for (const double value : transformed) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : transformed) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(values.size()));
  mean_ = mean;
  if (deviation > 1e-9) deviation_ = deviation;
}

double OutputTransform::Log(double value) const {
  if (sign_ == 0) return value;
  if (floor_ == 0) {
    // A later value of the other sign is taken as a very small one of this sign.
    return sign_ * std::log(std::max(sign_ * value, 1e-300));
  }
  const double size = std::abs(value) / floor_;
  return std::copysign(size < 1 ? size : 1 + std::log(size), value);
}

double OutputTransform::Exp(double log) const {
  if (sign_ == 0) return log;
  if (floor_ == 0) return sign_ * std::exp(std::min(sign_ * log, 700.0));
  const double size = std::abs(log);
  const double value =
      size < 1 ? floor_ * size : std::exp(std::min(std::log(floor_) + size - 1, 700.0));
  return std::copysign(value, log);
}

double OutputTransform::Squash(double x) const {
  if (x > 0) return std::log1p(x);
  return both_sides_ ? -std::log1p(-x) : x;
}

double OutputTransform::Forward(double value) const {
  return (Squash((Log(value) - center_) / scale_) - mean_) / deviation_;
}

double OutputTransform::Back(double transformed) const {
  double x = transformed * deviation_ + mean_;
  if (x > 0) {
    x = std::expm1(std::min(x, 700.0));
  } else if (both_sides_) {
    x = -std::expm1(std::min(-x, 700.0));
  }
  return Exp(x * scale_ + center_);
}

double OutputTransform::Slope(double value) const {
  const double log_slope = sign_ == 0 ? 1 : 1 / std::max({std::abs(value), floor_, 1e-300});
  return log_slope * SquashSlope(value) / (scale_ * deviation_);
}

double OutputTransform::SquashSlope(double value) const {
  const double x = (Log(value) - center_) / scale_;
  return x > 0 ? 1 / (1 + x) : both_sides_ ? 1 / (1 - x) : 1;
}

}  // namespace trimtab::search
