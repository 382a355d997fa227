// SPDX-License-Identifier: Apache-2.0
#include "daemon/scoring/statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/base/random.h"
#include "daemon/scoring/sla.h"

namespace trimtab {
namespace {

TEST(StudentTQuantileTest, AsInTheTables) {
  EXPECT_NEAR(StudentTQuantile(0.975, 1), 12.706, 1e-3);
  EXPECT_NEAR(StudentTQuantile(0.975, 4), 2.776, 1e-3);
  EXPECT_NEAR(StudentTQuantile(0.95, 10), 1.812, 1e-3);
  EXPECT_NEAR(StudentTQuantile(0.5, 3), 0, 1e-12);
}

TEST(PairedGainTest, AsComputedByHand) {
  // Gains 0.1, 0.2, 0.3: mean 0.2, standard error 0.1 / sqrt 3, t(2) = 4.303.
  const auto gain = PairedGain({{10, 11}, {10, 12}, {10, 13}}, 0.95);
  ASSERT_TRUE(gain);
  EXPECT_NEAR(gain->ratio, 0.2, 1e-12);
  EXPECT_NEAR(gain->lower_ratio, 0.2 - 4.30265 * 0.0577350, 1e-5);
  EXPECT_NEAR(gain->upper_ratio, 0.2 + 4.30265 * 0.0577350, 1e-5);
}

TEST(PairedGainTest, OfNegativeScoresMoreIsStillBetter) {
  // Minimised latencies enter negated: from 100 ms to 80 ms is a gain.
  const auto gain = PairedGain({{-100, -80}, {-100, -79}, {-100, -81}}, 0.95);
  EXPECT_NEAR(gain->ratio, 0.2, 1e-12);
  EXPECT_GT(gain->lower_ratio, 0.1);
}

TEST(PairedGainTest, AZeroToDivideByIsNoGain) { EXPECT_FALSE(PairedGain({{0, 1}, {1, 2}}, 0.95)); }

TEST(PairedGainTest, TheIntervalHoldsTheTruthAsOftenAsItSays) {
  Random random(11);
  const auto noise = [&random] {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += random.Uniform();
    return 1 + 0.05 * (sum - 6);
  };
  int covered = 0;
  for (int i = 0; i < 4000; ++i) {
    std::vector<std::pair<double, double>> pairs;
    for (int pair = 0; pair < 6; ++pair) {
      const double incumbent = 100 * noise();
      pairs.emplace_back(incumbent, 110 * noise());
    }
    const auto gain = PairedGain(pairs, 0.9);
    // The mean of a ratio lies a little above the ratio of the means.
    covered += gain->lower_ratio <= 0.1028 && 0.1028 <= gain->upper_ratio;
  }
  EXPECT_NEAR(covered / 4000.0, 0.9, 0.02);
}

TEST(UnpairedGainTest, NeedsBothErrors) {
  EXPECT_FALSE(UnpairedGain({1, {}}, {2, 0.1}));
  EXPECT_FALSE(UnpairedGain({0, 0.1}, {2, 0.1}));
  const auto gain = UnpairedGain({100, 1.0}, {110, 1.0});
  EXPECT_NEAR(gain->ratio, 0.1, 1e-12);
  EXPECT_GT(gain->lower_ratio, 0.06);
  EXPECT_LT(gain->upper_ratio, 0.14);
}

TEST(ErrorBudgetTest, IsSpentByTimeInBreachAlone) {
  ErrorBudget budget{0.1, {}, {}};
  EXPECT_DOUBLE_EQ(budget.RemainingRatio(), 1);
  Spend(budget, std::chrono::seconds(90), false);
  EXPECT_DOUBLE_EQ(budget.RemainingRatio(), 1);
  Spend(budget, std::chrono::seconds(5), true);
  EXPECT_NEAR(budget.RemainingRatio(), 1 - 5 / 9.5, 1e-9);
  Spend(budget, std::chrono::seconds(100), true);
  EXPECT_DOUBLE_EQ(budget.RemainingRatio(), 0);
}

RC_GTEST_PROP(RunningStatsTest, IsWhatTwoPassesGive, (const std::vector<std::int32_t>& values)) {
  RC_PRE(values.size() >= 2);
  RunningStats stats;
  double sum = 0;
  for (const std::int32_t value : values) {
    stats.Add(value);
    sum += value;
  }
  const double mean = sum / static_cast<double>(values.size());
  double squares = 0;
  for (const std::int32_t value : values) squares += (value - mean) * (value - mean);
  const double variance = squares / static_cast<double>(values.size() - 1);
  RC_ASSERT(std::abs(stats.mean() - mean) <= 1e-6 + 1e-9 * std::abs(mean));
  RC_ASSERT(std::abs(*stats.Variance() - variance) <= 1e-6 + 1e-9 * variance);
}

}  // namespace
}  // namespace trimtab
