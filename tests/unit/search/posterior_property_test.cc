// SPDX-License-Identifier: Apache-2.0
// Whatever the hyperparameters and the rows, a posterior variance is the one of
// a slow reference that nothing keeps from being negative.
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <Eigen/LU>

#include "daemon/search/surrogate/ensemble.h"
#include "daemon/search/surrogate/slice_sampler.h"

namespace trimtab::search {
namespace {

using Slow = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;

std::vector<Axis> Axes() {
  return {{Axis::Kind::kOrdered, 0}, {Axis::Kind::kOrdered, 4}, {Axis::Kind::kCategory, 3}};
}

// Of few places, so that rows are near each other and often the same.
PointSet DrawPoints(int count, Random& random) {
  PointSet points{Eigen::MatrixXd(count, 3), Eigen::MatrixXi::Constant(count, 3, -1)};
  for (int i = 0; i < count; ++i) {
    points.level(i, 1) = static_cast<int>(random.Next() % 4);
    points.level(i, 2) = static_cast<int>(random.Next() % 3);
    points.place.row(i) << std::floor(20 * random.Uniform()) / 20, points.level(i, 1) / 3.0,
        points.level(i, 2);
  }
  return points;
}

RC_GTEST_PROP(PosteriorPropertyTest, VariancesAreThoseOfASlowReference, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const int n = *rc::gen::inRange(1, 14);
  const Kernel kernel(Axes());
  const HyperPrior prior = HyperPrior::For(Axes(), false);
  Eigen::VectorXd packed = prior.mean;
  for (Eigen::Index k = 0; k < packed.size(); ++k) {
    packed[k] += 1.5 * prior.deviation[k] * StandardNormal(random);
  }
  const Hyper hyper = Hyper::Unpack(packed);
  Targets targets;
  targets.points = DrawPoints(n, random);
  targets.mean.resize(n);
  for (double& each : targets.mean) each = StandardNormal(random);
  targets.count.resize(n);
  for (double& each : targets.count) each = static_cast<double>(1 + random.Next() % 3);
  targets.known_variance = Eigen::VectorXd::Constant(n, random.Next() % 2 == 0 ? 0 : 0.01);
  targets.within = Eigen::VectorXd::Zero(n);
  targets.quiet = Eigen::VectorXd::Ones(n);
  targets.offset = Eigen::VectorXd::Zero(n);
  std::optional<Factored> factored = Factor(kernel, targets, hyper);
  RC_PRE(factored.has_value());
  const Member member(hyper, *std::move(factored), targets);

  const PointSet fresh = DrawPoints(6, random);
  const Eigen::MatrixXd cross = kernel.Cross(targets.points, fresh, hyper);
  const Slow k = cross.cast<long double>();
  const double own = Kernel::Variance(hyper) + std::exp(hyper.log_nugget);
  Slow values = kernel.Cross(targets.points, targets.points, hyper).cast<long double>();
  values.diagonal().array() += std::exp(hyper.log_nugget);
  Slow measured = values;
  measured.diagonal() +=
      MeasurementVariance(targets, std::exp(hyper.log_noise)).cast<long double>();
  const Eigen::FullPivLU<Slow> inverse(measured);
  const Slow fresh_variances = -(k.transpose() * inverse.solve(k));
  const Slow row_variances = values - values * inverse.solve(values);
  const Member::Joint joint = member.At(cross);
  const Eigen::VectorXd bounds = member.VarianceBounds(cross);
  const double tolerance = 1e-6 * own;
  for (Eigen::Index i = 0; i < 6; ++i) {
    const double slow = own + static_cast<double>(fresh_variances(i, i));
    RC_ASSERT(slow >= -tolerance);
    RC_ASSERT(std::abs(joint.variances[i] - slow) <= tolerance);
    RC_ASSERT(bounds[i] >= slow - tolerance);
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    const double slow = static_cast<double>(row_variances(i, i));
    RC_ASSERT(slow >= -tolerance);
    RC_ASSERT(std::abs(member.row_variances()[i] - slow) <= tolerance);
  }
}

}  // namespace
}  // namespace trimtab::search
