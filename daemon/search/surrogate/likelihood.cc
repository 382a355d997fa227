// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/likelihood.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <numbers>

namespace trimtab::search {
namespace {

// Keeps the covariance positive definite in double precision.
constexpr double kJitter = 1e-9;

// Sum over the pairs of weight * d kernel / d log length, for one axis: the
// interacting part in `product`, the additive in `sum`, each with its weight.
double LengthGradient(const Axis& axis, Eigen::Index column, const PointSet& points, double length,
                      const Eigen::MatrixXd& product, const Eigen::MatrixXd& sum) {
  const Eigen::Index n = points.size();
  double total = 0;
  if (axis.levels > 0) {
    Eigen::VectorXd slope(axis.levels);
    Eigen::VectorXd change(axis.levels);
    const double unit = 1.0 / std::max(1, axis.levels - 1);
    for (int step = 0; step < axis.levels; ++step) {
      const double distance = axis.kind != Axis::Kind::kOrdered ? (step > 0) : step * unit;
      slope[step] = Kernel::LogFactorSlope(axis.kind, distance, length);
      change[step] = slope[step] * std::exp(Kernel::LogFactor(axis.kind, distance, length));
    }
    const int* level = points.level.col(column).data();
    for (Eigen::Index j = 0; j < n; ++j) {
      const double* p = product.col(j).data();
      const double* s = sum.col(j).data();
      for (Eigen::Index i = j + 1; i < n; ++i) {
        const int step = std::abs(level[i] - level[j]);
        total += p[i] * slope[step] + s[i] * change[step];
      }
    }
    return 2 * total;
  }
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = j + 1; i < n; ++i) {
      const double distance = std::abs(points.place(i, column) - points.place(j, column));
      const double slope = Kernel::LogFactorSlope(axis.kind, distance, length);
      total += slope * (product(i, j) +
                        sum(i, j) * std::exp(Kernel::LogFactor(axis.kind, distance, length)));
    }
  }
  return 2 * total;
}

// The same for each level's length of a category that has one a level.
Eigen::VectorXd LevelGradient(const Axis& axis, Eigen::Index column, const PointSet& points,
                              const Eigen::VectorXd& lengths, const Eigen::MatrixXd& product,
                              const Eigen::MatrixXd& sum) {
  const Eigen::MatrixXd factor = FactorTable(axis, lengths);
  Eigen::VectorXd total = Eigen::VectorXd::Zero(axis.levels);
  const int* level = points.level.col(column).data();
  for (Eigen::Index j = 0; j < points.size(); ++j) {
    for (Eigen::Index i = j + 1; i < points.size(); ++i) {
      if (level[i] == level[j]) continue;
      const double change = product(i, j) + sum(i, j) * factor(level[i], level[j]);
      total[level[i]] += change;
      total[level[j]] += change;
    }
  }
  // Each pair counts twice, each level's inverse length by half.
  return total.cwiseQuotient(lengths);
}

}  // namespace

Eigen::VectorXd Hyper::Pack() const {
  Eigen::VectorXd packed(log_lengths.size() + 4);
  packed << log_lengths, log_signal, log_additive, log_nugget, log_noise;
  return packed;
}

Hyper Hyper::Unpack(const Eigen::VectorXd& packed) {
  const Eigen::Index d = packed.size() - 4;
  return {packed.head(d), packed[d], packed[d + 1], packed[d + 2], packed[d + 3]};
}

Eigen::VectorXd MeasurementVariance(const Targets& targets, double noise) {
  return noise * targets.quiet.array() / targets.count.array() + targets.known_variance.array() +
         kJitter;
}

Eigen::ArrayXd TrialVariance(const Targets& targets, double noise) {
  return noise * targets.quiet.array() + targets.known_variance.array() * targets.count.array();
}

std::optional<Factored> Factor(const Kernel& kernel, const Targets& targets, const Hyper& hyper) {
  const double nugget = std::exp(hyper.log_nugget);
  const double noise = std::exp(hyper.log_noise);
  Factored result;
  result.kernel = kernel.Cross(targets.points, targets.points, hyper);
  result.chol = result.kernel;
  result.chol.diagonal().array() += nugget + MeasurementVariance(targets, noise).array();
  if (!targets.offset.isZero(0)) {
    result.chol.noalias() += targets.offset * targets.offset.transpose();
  }
  Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> llt(result.chol);
  if (llt.info() != Eigen::Success) return std::nullopt;
  result.alpha = llt.solve(targets.mean);
  double value = -0.5 * targets.mean.dot(result.alpha) -
                 result.chol.diagonal().array().log().sum() -
                 0.5 * static_cast<double>(targets.mean.size()) * std::log(2 * std::numbers::pi);
  if ((targets.count.array() > 1).any()) {
    const Eigen::ArrayXd each = TrialVariance(targets, noise);
    value -= 0.5 * ((targets.count.array() - 1) * (2 * std::numbers::pi * each).log() +
                    targets.within.array() / each + targets.count.array().log())
                       .sum();
  }
  result.log_likelihood = value;
  return result;
}

double LogPosterior(const Kernel& kernel, const Targets& targets, const HyperPrior& prior,
                    const Eigen::VectorXd& packed, Eigen::VectorXd* gradient) {
  const Hyper hyper = Hyper::Unpack(packed);
  const std::optional<Factored> factored = Factor(kernel, targets, hyper);
  if (!factored || !std::isfinite(factored->log_likelihood)) {
    if (gradient != nullptr) gradient->setZero(packed.size());
    return -std::numeric_limits<double>::infinity();
  }
  const Eigen::VectorXd off = (packed - prior.mean).cwiseQuotient(prior.deviation);
  const double value = factored->log_likelihood - 0.5 * off.squaredNorm();
  if (gradient == nullptr) return value;

  const Eigen::Index n = targets.mean.size();
  const Eigen::Index d = hyper.log_lengths.size();
  const double noise = std::exp(hyper.log_noise);
  // d log p / d t = tr((alpha alpha' - C^-1) dC/dt) / 2
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(n, n);
  factored->chol.triangularView<Eigen::Lower>().solveInPlace(inverse);
  Eigen::MatrixXd a = factored->alpha * factored->alpha.transpose();
  a.noalias() -= inverse.transpose() * inverse;
  const double trace = a.trace();
  const Eigen::ArrayXd quiet = targets.quiet.array();
  const double noise_trace = (a.diagonal().array() * quiet / targets.count.array()).sum();
  const bool source = kernel.axes().back().kind == Axis::Kind::kSource;
  const Eigen::Index axes = static_cast<Eigen::Index>(kernel.axes().size());
  const Eigen::Index own = axes - source;
  // The additive part is what is left of the kernel beside the product.
  const double additive = std::exp(hyper.log_additive) / static_cast<double>(own);
  Hyper without = hyper;
  without.log_additive = -INFINITY;
  const Eigen::MatrixXd product =
      a.cwiseProduct(kernel.Cross(targets.points, targets.points, without));
  const Eigen::MatrixXd whole = a.cwiseProduct(factored->kernel);
  Eigen::MatrixXd sum = additive * a;
  if (source) {
    const double away =
        std::exp(Kernel::LogFactor(Axis::Kind::kSource, 1, std::exp(hyper.log_lengths[d - 1])));
    for (Eigen::Index j = 0; j < n; ++j) {
      for (Eigen::Index i = 0; i < n; ++i) {
        if (targets.points.level(i, own) != targets.points.level(j, own)) sum(i, j) *= away;
      }
    }
  }
  gradient->resize(packed.size());
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index k = 0; k < axes; ++k) {
    const Axis& axis = kernel.axes()[static_cast<std::size_t>(k)];
    const Eigen::Index first = kernel.FirstLength(static_cast<std::size_t>(k));
    const Eigen::Index count = LengthCount(axis);
    const Eigen::VectorXd lengths = hyper.log_lengths.segment(first, count).array().exp();
    if (count > 1) {
      gradient->segment(first, count) =
          0.5 * LevelGradient(axis, k, targets.points, lengths, product, sum);
    } else {
      const bool own_axis = k < own;
      (*gradient)[first] = 0.5 * LengthGradient(axis, k, targets.points, lengths[0],
                                                own_axis ? product : whole, own_axis ? sum : none);
    }
  }
  (*gradient)[d] = 0.5 * product.sum();
  (*gradient)[d + 1] = 0.5 * (whole.sum() - product.sum());
  (*gradient)[d + 2] = 0.5 * trace * std::exp(hyper.log_nugget);
  const Eigen::ArrayXd each = TrialVariance(targets, noise);
  const double scatter =
      (quiet * (targets.within.array() / each - (targets.count.array() - 1)) / each).sum();
  (*gradient)[d + 3] = 0.5 * noise * (noise_trace + scatter);
  *gradient -= off.cwiseQuotient(prior.deviation);
  return value;
}

}  // namespace trimtab::search
