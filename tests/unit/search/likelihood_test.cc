// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/likelihood.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "daemon/search/surrogate/ensemble.h"
#include "daemon/search/surrogate/maximize.h"
#include "daemon/search/surrogate/slice_sampler.h"

namespace trimtab::search {
namespace {

// A table axis, a category and a continuum.
std::vector<Axis> MixedAxes() {
  return {{Axis::Kind::kOrdered, 5}, {Axis::Kind::kCategory, 3}, {Axis::Kind::kOrdered, 0}};
}

PointSet DrawPoints(int count, Random& random) {
  PointSet points{Eigen::MatrixXd(count, 3), Eigen::MatrixXi::Constant(count, 3, -1)};
  for (int i = 0; i < count; ++i) {
    const auto level = static_cast<int>(random.Next() % 5);
    const auto category = static_cast<int>(random.Next() % 3);
    points.level(i, 0) = level;
    points.level(i, 1) = category;
    points.place.row(i) << level / 4.0, category, random.Uniform();
  }
  return points;
}

Targets DrawTargets(int count, Random& random) {
  Targets targets;
  targets.points = DrawPoints(count, random);
  targets.mean.resize(count);
  for (double& each : targets.mean) each = StandardNormal(random);
  targets.count = Eigen::VectorXd::Ones(count);
  targets.known_variance = Eigen::VectorXd::Zero(count);
  targets.within = Eigen::VectorXd::Zero(count);
  targets.quiet = Eigen::VectorXd::Ones(count);
  targets.offset = Eigen::VectorXd::Zero(count);
  targets.count[1] = 3;
  targets.within[1] = 0.2;
  targets.quiet[1] = 0.4;
  targets.quiet[2] = 0.1;
  targets.known_variance[1] = 0.04;
  targets.known_variance[2] = 0.05;
  targets.offset.tail(2).setOnes();
  return targets;
}

Hyper SomeHyper() {
  Eigen::VectorXd log_lengths(5);
  log_lengths << -0.3, 0.4, 1.3, -0.6, -1.1;
  return {log_lengths, 0.2, -0.4, -2.5, -3.0};
}

// Matern 5/2 and the Hamming kernel as the book writes them, multiplied and
// averaged.
double SlowKernel(const PointSet& a, Eigen::Index i, const PointSet& b, Eigen::Index j,
                  const Hyper& hyper) {
  double product = 1;
  double sum = 0;
  for (Eigen::Index k = 0; k < 3; ++k) {
    const auto inverse = [&](Eigen::Index entry) { return std::exp(-hyper.log_lengths[entry]); };
    const double off = std::abs(a.place(i, k) - b.place(j, k));
    const double r = off * inverse(k == 0 ? 0 : 4);
    const double apart = (inverse(1 + a.level(i, 1)) + inverse(1 + b.level(j, 1))) / 2;
    const double factor =
        k == 1 ? std::exp(off > 0 ? -apart : 0)
               : (1 + std::sqrt(5) * r + 5 * r * r / 3) * std::exp(-std::sqrt(5) * r);
    product *= factor;
    sum += factor;
  }
  return std::exp(hyper.log_signal) * product + std::exp(hyper.log_additive) * sum / 3;
}

TEST(KernelTest, AgreesWithTheTextbook) {
  Random random(1);
  const Kernel kernel(MixedAxes());
  const PointSet a = DrawPoints(7, random);
  const PointSet b = DrawPoints(9, random);
  const Eigen::MatrixXd cross = kernel.Cross(a, b, SomeHyper());
  for (Eigen::Index i = 0; i < 7; ++i) {
    for (Eigen::Index j = 0; j < 9; ++j) {
      EXPECT_NEAR(cross(i, j), SlowKernel(a, i, b, j, SomeHyper()), 1e-12);
    }
  }
}

TEST(KernelTest, TwoLevelsMayBeAlikeWhereAThirdIsNot) {
  const Kernel kernel({{Axis::Kind::kCategory, 3}});
  PointSet points{Eigen::Vector3d(0, 1, 2), Eigen::Vector3i(0, 1, 2)};
  const Hyper hyper{Eigen::Vector3d(3, 3, -1), 0, 0, -2.5, -3.0};
  const Eigen::MatrixXd cross = kernel.Cross(points, points, hyper) / Kernel::Variance(hyper);
  EXPECT_GT(cross(0, 1), 0.9);
  EXPECT_LT(cross(0, 2), 0.3);
  EXPECT_LT(cross(1, 2), 0.3);
}

// The gradient against central differences.
void ExpectGradient(const Kernel& kernel, const Targets& targets, const HyperPrior& prior,
                    const Eigen::VectorXd& at) {
  Eigen::VectorXd gradient;
  LogPosterior(kernel, targets, prior, at, &gradient);
  for (Eigen::Index k = 0; k < at.size(); ++k) {
    constexpr double kStep = 1e-5;
    Eigen::VectorXd up = at;
    Eigen::VectorXd down = at;
    up[k] += kStep;
    down[k] -= kStep;
    const double difference = (LogPosterior(kernel, targets, prior, up, nullptr) -
                               LogPosterior(kernel, targets, prior, down, nullptr)) /
                              (2 * kStep);
    EXPECT_NEAR(gradient[k], difference, 1e-5 * (1 + std::abs(difference))) << "entry " << k;
  }
}

TEST(LogPosteriorTest, GradientAgreesWithFiniteDifferences) {
  Random random(2);
  const Kernel kernel(MixedAxes());
  const HyperPrior prior = HyperPrior::For(MixedAxes(), false);
  for (int round = 0; round < 5; ++round) {
    const Targets targets = DrawTargets(12, random);
    Eigen::VectorXd at = SomeHyper().Pack();
    for (double& each : at) each += 0.5 * StandardNormal(random);
    ExpectGradient(kernel, targets, prior, at);
  }
}

TEST(LogPosteriorTest, GradientIsRightWherePriorTrialsHaveTheirOwnAxis) {
  Random random(12);
  std::vector<Axis> axes = MixedAxes();
  const HyperPrior prior = HyperPrior::For(axes, true);
  axes.push_back({Axis::Kind::kSource, 2});
  const Kernel kernel(axes);
  Targets targets = DrawTargets(12, random);
  targets.points.place.conservativeResize(Eigen::NoChange, 4);
  targets.points.level.conservativeResize(Eigen::NoChange, 4);
  for (Eigen::Index i = 0; i < 12; ++i) {
    targets.points.level(i, 3) = i > 7;
    targets.points.place(i, 3) = i > 7;
  }
  Eigen::VectorXd at = prior.mean;
  for (double& each : at) each += 0.3 * StandardNormal(random);
  ExpectGradient(kernel, targets, prior, at);
}

TEST(KernelTest, AnotherHostsTrialsCountOnlySoFar) {
  std::vector<Axis> axes = MixedAxes();
  axes.push_back({Axis::Kind::kSource, 2});
  PointSet points{Eigen::MatrixXd::Zero(2, 4), Eigen::MatrixXi::Zero(2, 4)};
  points.place(1, 3) = 1;
  points.level(1, 3) = 1;
  Hyper hyper = SomeHyper();
  hyper.log_lengths.conservativeResize(6);
  hyper.log_lengths[5] = 0.1;
  const double covariance = Kernel(axes).Cross(points, points, hyper)(0, 1);
  EXPECT_NEAR(covariance, std::exp(-1 / std::exp(0.1)) * Kernel::Variance(hyper), 1e-12);
}

TEST(FactorTest, RepeatsCountAsIfEachMeasurementWereARowOfItsOwn) {
  // The likelihood of a mean and its scatter is that of the measurements.
  Random random(3);
  const Kernel kernel(MixedAxes());
  Targets merged = DrawTargets(4, random);
  merged.known_variance.setZero();
  merged.quiet.setOnes();
  merged.offset.setZero();
  const double values[] = {0.4, -0.1, 0.9};
  merged.mean[1] = 0.4;
  merged.within[1] = 0.0 + 0.25 + 0.25;
  const Hyper hyper = SomeHyper();

  std::vector<int> rows = {0, 1, 1, 1, 2, 3};
  const PointSet points = merged.points.Rows(rows);
  Eigen::VectorXd y(6);
  y << merged.mean[0], values[0], values[1], values[2], merged.mean[2], merged.mean[3];
  Eigen::MatrixXd c(6, 6);
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) {
      c(i, j) = SlowKernel(points, i, points, j, hyper);
      if (rows[static_cast<std::size_t>(i)] == rows[static_cast<std::size_t>(j)]) {
        c(i, j) += std::exp(hyper.log_nugget);
      }
      if (i == j) c(i, j) += std::exp(hyper.log_noise);
    }
  }
  const double slow =
      -0.5 * y.dot(c.inverse() * y) - 0.5 * std::log(c.determinant()) - 3 * std::log(2 * M_PI);
  EXPECT_NEAR(Factor(kernel, merged, hyper)->log_likelihood, slow, 1e-5);
}

TEST(FactorTest, TheScatterOfRepeatsIsNotTheNoiseThatWasTold) {
  // Four rows measured eight times each, with a variance of 0.1 that was told.
  Random random(13);
  const Kernel kernel(MixedAxes());
  Targets targets = DrawTargets(4, random);
  targets.count.setConstant(8);
  targets.offset.setZero();
  targets.within.setConstant(7 * 0.1);
  const auto likelihood = [&](double told, double noise) {
    targets.known_variance.setConstant(told / 8);
    Hyper hyper = SomeHyper();
    hyper.log_noise = std::log(noise);
    return Factor(kernel, targets, hyper)->log_likelihood;
  };
  EXPECT_GT(likelihood(0, 0.1), likelihood(0, 1e-4));
  EXPECT_GT(likelihood(0.1, 1e-4), likelihood(0.1, 0.1));
}

TEST(MemberTest, PosteriorAgreesWithASlowReference) {
  Random random(4);
  const Kernel kernel(MixedAxes());
  const Targets targets = DrawTargets(10, random);
  const Hyper hyper = SomeHyper();
  const Member member(hyper, *Factor(kernel, targets, hyper), targets);
  const PointSet fresh = DrawPoints(6, random);

  // Prior covariance of the values of rows and fresh points together.
  const double nugget = std::exp(hyper.log_nugget);
  Eigen::MatrixXd prior(16, 16);
  const auto at = [&](int i) -> std::pair<const PointSet&, Eigen::Index> {
    return i < 10 ? std::pair<const PointSet&, Eigen::Index>(targets.points, i)
                  : std::pair<const PointSet&, Eigen::Index>(fresh, i - 10);
  };
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 16; ++j) {
      const auto [a, row] = at(i);
      const auto [b, column] = at(j);
      prior(i, j) = SlowKernel(a, row, b, column, hyper);
      if (i == j) prior(i, j) += nugget;
      if (i < 10 && j < 10) prior(i, j) += targets.offset[i] * targets.offset[j];
    }
  }
  Eigen::MatrixXd measured = prior.topLeftCorner(10, 10);
  measured.diagonal() += MeasurementVariance(targets, std::exp(hyper.log_noise));
  const Eigen::MatrixXd gain = prior.leftCols(10) * measured.inverse();
  const Eigen::VectorXd means = gain * targets.mean;
  const Eigen::MatrixXd posterior = prior - gain * prior.topRows(10);

  const Eigen::MatrixXd cross = kernel.Cross(targets.points, fresh, hyper);
  const Member::Joint joint = member.At(cross);
  const Eigen::VectorXd bounds = member.VarianceBounds(cross);
  for (int i = 0; i < 6; ++i) {
    EXPECT_NEAR(joint.means[i], means[10 + i], 1e-8);
    EXPECT_NEAR(joint.variances[i], posterior(10 + i, 10 + i), 1e-8);
    EXPECT_GE(bounds[i], joint.variances[i] - 1e-9);
    for (int row = 0; row < 8; ++row) {
      EXPECT_NEAR(joint.with_rows(row, i), posterior(row, 10 + i), 1e-8);
    }
  }
  const Member::Joint again = member.AtRows({0, 1, 5});
  const Eigen::VectorXd& variances = member.row_variances();
  int column = 0;
  for (const int row : {0, 1, 5}) {
    EXPECT_NEAR(again.means[column], means[row], 1e-8);
    EXPECT_NEAR(again.variances[column], posterior(row, row), 1e-8);
    EXPECT_NEAR(variances[row], posterior(row, row), 1e-8);
    for (int other = 0; other < 8; ++other) {
      EXPECT_NEAR(again.with_rows(other, column), posterior(other, row), 1e-8);
    }
    ++column;
  }
}

TEST(MaximizeTest, FindsTheTopOfARidge) {
  // Rosenbrock's function upside down; its top is at (1, 1).
  const auto ridge = [](const Eigen::VectorXd& at, Eigen::VectorXd* gradient) {
    const double a = 1 - at[0];
    const double b = at[1] - at[0] * at[0];
    gradient->resize(2);
    (*gradient)[0] = 2 * a + 400 * at[0] * b;
    (*gradient)[1] = -200 * b;
    return -(a * a + 100 * b * b);
  };
  const Maximum found = Maximize(ridge, Eigen::Vector2d(-1.2, 1), 500);
  EXPECT_GT(found.value, -1e-2);
}

TEST(SliceSamplerTest, DrawsFollowThePriorWhereTheDataSayNothing) {
  Random random(5);
  const Kernel kernel(MixedAxes());
  Targets targets = DrawTargets(3, random);
  targets.count.setOnes();
  targets.within.setZero();
  targets.known_variance.setConstant(1e8);
  const HyperPrior prior = HyperPrior::For(MixedAxes(), false);
  const std::vector<Hyper> draws = SampleHyper(kernel, targets, prior, prior.mean, 2000, 1, random);
  double sum = 0;
  double squares = 0;
  for (const Hyper& draw : draws) {
    const double off = (draw.log_lengths[0] - prior.mean[0]) / prior.deviation[0];
    sum += off;
    squares += off * off;
  }
  EXPECT_NEAR(sum / 2000, 0, 0.15);
  EXPECT_NEAR(squares / 2000, 1, 0.2);
}

TEST(ThinTest, KeepsWhatLeadsAndSpreadsTheRest) {
  // On a line of 41 places.
  PointSet points{Eigen::VectorXd::LinSpaced(41, 0, 1), Eigen::MatrixXi::Constant(41, 1, -1)};
  const std::vector<Axis> axes = {{Axis::Kind::kOrdered, 0}};
  const std::vector<int> kept = Thin(axes, points, {20, 21, 22, 23}, 9);
  ASSERT_EQ(kept.size(), 9u);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  for (const int leading : {20, 21, 22, 23, 0, 40}) {
    EXPECT_TRUE(std::binary_search(kept.begin(), kept.end(), leading)) << leading;
  }
  // No gap is wider than twice what nine evenly spread points would have.
  for (std::size_t i = 1; i < kept.size(); ++i) EXPECT_LE(kept[i] - kept[i - 1], 10);
  EXPECT_EQ(Thin(axes, points, {}, 41).size(), 41u);
}

TEST(LeadingTest, AreTheBestAndOfThoseMeasuredAgainTheBest) {
  Random random(6);
  Targets targets = DrawTargets(40, random);
  targets.mean = Eigen::VectorXd::LinSpaced(40, 0, 39);
  targets.count.setOnes();
  for (const int row : {3, 20, 30, 38}) targets.count[row] = 2;
  std::vector<int> leading = Leading(targets, 6);
  std::sort(leading.begin(), leading.end());
  EXPECT_EQ(leading, (std::vector<int>{0, 1, 2, 3, 20, 30}));
  EXPECT_EQ(Leading(targets, 60).size(), 40u);
}

}  // namespace
}  // namespace trimtab::search
