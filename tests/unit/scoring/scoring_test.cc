// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/scoring/objective.h"
#include "daemon/scoring/sla.h"
#include "daemon/scoring/statistics.h"

namespace trimtab {
namespace {

MetricValues Metrics(double p99_ms, double throughput, double error_percent) {
  MetricValues metrics;
  metrics.Set(Metric::kLatencyP99Ms, p99_ms);
  metrics.Set(Metric::kThroughputOpsPerSecond, throughput);
  metrics.Set(Metric::kErrorRatePercent, error_percent);
  metrics.Set(Metric::kTimeoutRatePercent, 0);
  return metrics;
}

TEST(ComputeScoreTest, TheReferenceIsAsItsFormulaSays) {
  EXPECT_NEAR(*ComputeScore({}, Metrics(50, 2000, 10), {}), (20 + 2 + 0.9) / 3, 1e-12);
}

TEST(ComputeScoreTest, AMissingMetricIsNamedAndNoScore) {
  const auto score = ComputeScore({}, MetricValues(), {});
  ASSERT_FALSE(score.ok());
  EXPECT_NE(score.status().ToString().find("latency_p99_ms"), std::string::npos);
}

TEST(ComputeScoreTest, MinimizeIsHigherForLess) {
  const ObjectiveSpec objective{ObjectiveSpec::Kind::kMinimize, Metric::kLatencyP99Ms, {}};
  EXPECT_GT(*ComputeScore(objective, Metrics(10, 1, 0), {}),
            *ComputeScore(objective, Metrics(20, 1, 0), {}));
}

TEST(ComputeScoreTest, TheBaselineScoresOneUnderWeights) {
  ObjectiveSpec objective;
  objective.kind = ObjectiveSpec::Kind::kWeighted;
  objective.weights = {{Metric::kLatencyP99Ms, 3}, {Metric::kThroughputOpsPerSecond, 1}};
  const MetricValues baseline = Metrics(40, 100, 0);
  EXPECT_NEAR(*ComputeScore(objective, baseline, baseline), 1, 1e-12);
  EXPECT_NEAR(*ComputeScore(objective, Metrics(20, 100, 0), baseline), 1.75, 1e-12);
  EXPECT_FALSE(ComputeScore(objective, baseline, {}).ok());
}

TEST(EvaluateSlaTest, BoundsAreMetAtTheirValueAndTimeoutsAreErrors) {
  SlaRequirements sla;
  sla.max_latency_p99_ms = 50;
  sla.max_error_rate_percent = 2;
  MetricValues metrics = Metrics(50, 1, 1);
  EXPECT_EQ(EvaluateSla(sla, metrics).compliant, true);
  metrics.Set(Metric::kTimeoutRatePercent, 1.5);
  EXPECT_EQ(EvaluateSla(sla, metrics).error_rate, false);
  EXPECT_EQ(EvaluateSla(sla, metrics).compliant, false);
  EXPECT_EQ(EvaluateSla(sla, MetricValues()).compliant, std::nullopt);
}

TEST(PairedGainTest, WhatBothHalvesShareDropsOut) {
  // 10 % better in every pair, while the level itself triples.
  const auto gain = PairedGain({{100, 110}, {200, 220.2}, {300, 329.8}}, 0.95);
  ASSERT_TRUE(gain);
  EXPECT_NEAR(gain->ratio, 0.1, 1e-3);
  EXPECT_GT(gain->lower_ratio, 0.09);
  EXPECT_LT(gain->upper_ratio, 0.11);
  EXPECT_FALSE(PairedGain({{100, 110}}, 0.95));
}

TEST(RunningStatsTest, KeepsItsDigitsFarFromZero) {
  RunningStats stats;
  for (const double value : {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) stats.Add(value);
  EXPECT_DOUBLE_EQ(*stats.Variance(), 30);
}

}  // namespace
}  // namespace trimtab
