// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/output_model.h"

#include <algorithm>
#include <cmath>

namespace trimtab::search {
namespace {

// Variance, in transformed units, of a measurement that says nothing, and of
// the offset between this study and prior trials.
constexpr double kSaysNothing = 1e6;
constexpr double kPriorOffset = 1;

std::vector<double> Values(const std::vector<const Record*>& records, const Output& output) {
  std::vector<double> values;
  for (const Record* record : records) {
    for (const Sample& sample : record->samples) {
      const double value = output.value(sample);
      if (!std::isnan(value)) values.push_back(value);
    }
  }
  return values;
}

// Variance, transformed, that the samples were told with, each one's.
double ToldVariance(const Sample& sample, const Output& output, const OutputTransform& transform) {
  if (!output.is_score) return 0;
  const double error = sample.standard_error * transform.Slope(output.value(sample));
  return error * error;
}

double MedianToldVariance(const std::vector<const Record*>& records, const Output& output,
                          const OutputTransform& transform) {
  std::vector<double> variances;
  for (const Record* record : records) {
    for (const Sample& sample : record->samples) {
      if (std::isnan(output.value(sample))) continue;
      variances.push_back(ToldVariance(sample, output, transform));
    }
  }
  const auto middle = variances.begin() + static_cast<std::ptrdiff_t>(variances.size() / 2);
  std::nth_element(variances.begin(), middle, variances.end());
  return *middle;
}

OutputTransform Transform(const std::vector<double>& values, const Output& output) {
  return output.bound ? OutputTransform::Constraint(values, *output.bound)
                      : OutputTransform::Objective(values);
}

void Fill(const Record& record, const Output& output, const OutputTransform& transform,
          double worst, Eigen::Index row, Targets& targets) {
  std::vector<double> values;
  double known = 0;
  double squares = 0;
  for (const Sample& sample : record.samples) {
    const double value = output.value(sample);
    if (std::isnan(value)) continue;
    values.push_back(transform.Forward(value));
    known += ToldVariance(sample, output, transform);
    const double slope = transform.SquashSlope(value);
    squares += slope * slope;
  }
  const auto measured = static_cast<double>(values.size());
  const auto failed = static_cast<double>(output.bound ? 0 : record.failures);
  if (measured + failed == 0) {
    targets.known_variance[row] = kSaysNothing;
    return;
  }
  double sum = 0;
  for (const double value : values) sum += value;
  targets.mean[row] = (sum + failed * worst) / (measured + failed);
  if (measured == 0) return;
  targets.count[row] = measured;
  targets.quiet[row] = squares / measured;
  targets.known_variance[row] = known / (measured * measured);
  for (const double value : values) {
    targets.within[row] += (value - sum / measured) * (value - sum / measured);
  }
}

}  // namespace

std::optional<OutputModel> MakeTargets(const ModelRows& rows, const Output& output) {
  const std::vector<double> own = Values(rows.own, output);
  const std::vector<double> prior = Values(rows.prior, output);
  if (own.empty() && prior.empty()) return std::nullopt;
  OutputModel model;
  model.transform = Transform(own.empty() ? prior : own, output);
  const OutputTransform prior_transform =
      prior.empty() || output.bound ? model.transform : Transform(prior, output);
  model.told_variance = own.empty() ? MedianToldVariance(rows.prior, output, prior_transform)
                                    : MedianToldVariance(rows.own, output, model.transform);

  const Eigen::Index n = rows.points.size();
  Targets& targets = model.targets;
  targets.points = rows.points;
  targets.mean = Eigen::VectorXd::Zero(n);
  targets.count = Eigen::VectorXd::Ones(n);
  targets.known_variance = Eigen::VectorXd::Zero(n);
  targets.within = Eigen::VectorXd::Zero(n);
  targets.quiet = Eigen::VectorXd::Ones(n);
  targets.offset = Eigen::VectorXd::Zero(n);
  const auto worst = [](const std::vector<double>& values, const OutputTransform& transform) {
    double result = 1;
    for (const double value : values) result = std::max(result, transform.Forward(value));
    return result;
  };
  const double own_worst = worst(own, model.transform);
  const double prior_worst = worst(prior, prior_transform);
  Eigen::Index row = 0;
  for (const Record* record : rows.own) {
    Fill(*record, output, model.transform, own_worst, row++, targets);
  }
  for (const Record* record : rows.prior) {
    targets.offset[row] = std::sqrt(kPriorOffset);
    Fill(*record, output, prior_transform, prior_worst, row++, targets);
  }
  return model;
}

}  // namespace trimtab::search
