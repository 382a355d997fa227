// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "daemon/base/random.h"
#include "daemon/search/acquisition/knowledge_gradient.h"
#include "daemon/search/surrogate/slice_sampler.h"

namespace trimtab::search {
namespace {

// The integral over Z by a fine sum.
double SlowDrop(const Eigen::VectorXd& mean, const Eigen::VectorXd& slope) {
  constexpr double kStep = 1e-3;
  double sum = 0;
  for (double z = -9; z < 9; z += kStep) sum += (mean + slope * z).minCoeff() * NormalPdf(z);
  return sum * kStep - mean.minCoeff();
}

TEST(ExpectedDropTest, AgreesWithTheIntegral) {
  Random random(1);
  for (int round = 0; round < 50; ++round) {
    const auto count = static_cast<Eigen::Index>(1 + random.Next() % 12);
    Eigen::VectorXd mean(count);
    Eigen::VectorXd slope(count);
    for (double& each : mean) each = StandardNormal(random);
    for (double& each : slope) each = 0.5 * StandardNormal(random);
    if (round % 3 == 0) slope[0] = slope[count - 1];
    if (round % 5 == 0) mean[0] = mean[count - 1];
    const double drop = ExpectedDrop(mean, slope);
    EXPECT_LE(drop, 0);
    EXPECT_NEAR(drop, SlowDrop(mean, slope), 1e-4);
  }
}

TEST(ExpectedDropTest, NothingIsExpectedOfAMeasurementThatMovesAllAlike) {
  EXPECT_EQ(ExpectedDrop(Eigen::Vector3d(1, 2, 3), Eigen::Vector3d(0.7, 0.7, 0.7)), 0);
  EXPECT_EQ(ExpectedDrop(Eigen::VectorXd::Ones(1), Eigen::VectorXd::Ones(1)), 0);
}

TEST(ExpectedImprovementTest, IsTheKnowledgeGradientOfAnExactMeasurement) {
  for (const double mean : {-1.0, 0.0, 0.3, 2.0}) {
    const double improvement = ExpectedImprovement(0, mean, 0.8) - std::max(0.0, -mean);
    EXPECT_NEAR(improvement, -ExpectedDrop(Eigen::Vector2d(0, mean), Eigen::Vector2d(0, 0.8)),
                1e-12);
  }
  EXPECT_EQ(ExpectedImprovement(1, 3, 0), 0);
  EXPECT_EQ(ExpectedImprovement(3, 1, 0), 2);
}

}  // namespace
}  // namespace trimtab::search
