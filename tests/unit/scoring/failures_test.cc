// SPDX-License-Identifier: Apache-2.0
#include "daemon/scoring/failures.h"

#include <gtest/gtest.h>

#include "daemon/base/random.h"

namespace trimtab {
namespace {

MetricValues Failing(double errors_percent, double timeouts_percent = 0) {
  MetricValues metrics;
  metrics.Set(Metric::kErrorRatePercent, errors_percent);
  metrics.Set(Metric::kTimeoutRatePercent, timeouts_percent);
  return metrics;
}

TEST(FailsMoreTest, ErrorsAndTimeoutsCountAlike) {
  EXPECT_TRUE(FailsMore(Failing(5), 1000, Failing(1), 1000));
  EXPECT_TRUE(FailsMore(Failing(0, 5), 1000, Failing(1), 1000));
  EXPECT_FALSE(FailsMore(Failing(5), 1000, Failing(0, 5), 1000));
  EXPECT_FALSE(FailsMore(Failing(1), 1000, Failing(5), 1000));
}

TEST(FailsMoreTest, ALittleMoreIsTolerated) {
  EXPECT_FALSE(FailsMore(Failing(0.9), 1'000'000, Failing(0), 1'000'000));
  EXPECT_TRUE(FailsMore(Failing(1.1), 1'000'000, Failing(0), 1'000'000));
}

TEST(FailsMoreTest, FewRequestsProveNothing) {
  EXPECT_FALSE(FailsMore(Failing(10), 10, Failing(5), 10));
  EXPECT_FALSE(FailsMore(Failing(10), 0, Failing(5), 1000));
}

TEST(FailsMoreTest, WhatIsNotKnownIsNotHeldAgainstIt) {
  EXPECT_FALSE(FailsMore(MetricValues(), 1000, Failing(0), 1000));
  EXPECT_FALSE(FailsMore(Failing(50), 1000, MetricValues(), 1000));
}

TEST(FailsMoreTest, EqualRatesAreToldApartRarely) {
  Random random(3);
  const auto draw = [&random] {
    int failed = 0;
    for (int i = 0; i < 200; ++i) failed += random.Uniform() < 0.1;
    return Failing(failed / 2.0);
  };
  int alarms = 0;
  for (int i = 0; i < 2000; ++i) {
    const MetricValues candidate = draw();
    alarms += FailsMore(candidate, 200, draw(), 200);
  }
  // 1 % is stated; above 2 % would be 4 standard deviations away.
  EXPECT_LT(alarms, 40);
}

}  // namespace
}  // namespace trimtab
