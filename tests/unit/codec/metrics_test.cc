// SPDX-License-Identifier: Apache-2.0
#include "daemon/codec/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tests/support/generators.h"

namespace trimtab::codec {
namespace {

using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::array kPercentiles = {Metric::kLatencyP50Ms, Metric::kLatencyP95Ms,
                                     Metric::kLatencyP99Ms, Metric::kLatencyP999Ms};

bool IsPercentile(Metric metric) {
  return std::find(kPercentiles.begin(), kPercentiles.end(), metric) != kPercentiles.end();
}

bool IsShare(Metric metric) {
  return metric == Metric::kErrorRatePercent || metric == Metric::kTimeoutRatePercent ||
         metric == Metric::kAvailabilityPercent;
}

// Any metrics that a host may send. Uptime of up to 104 days: there, a double
// still holds every nanosecond.
MetricValues Sound() {
  MetricValues metrics;
  for (const MetricInfo& info : AllMetrics()) {
    if (*rc::gen::arbitrary<bool>()) continue;
    const double value = std::fabs(*arbitrary::Number());
    if (IsShare(info.metric)) {
      metrics.Set(info.metric, std::fmod(value, 100));
    } else if (info.metric == Metric::kUptimeSeconds) {
      metrics.Set(info.metric, *rc::gen::inRange<std::int64_t>(0, 9'000'000'000'000'000) / 1e9);
    } else if (!IsPercentile(info.metric)) {
      metrics.Set(info.metric, value);
    }
  }
  double highest = 0;
  for (const Metric metric : kPercentiles) {
    if (*rc::gen::arbitrary<bool>()) continue;
    highest = std::max(highest, std::fabs(*arbitrary::Number()));
    metrics.Set(metric, highest);
  }
  return metrics;
}

// The field of a metric, as the messages name it, set to a value.
v1::PerformanceMetrics With(Metric metric, double value) {
  MetricValues metrics;
  metrics.Set(metric, value);
  return EncodeMetrics(metrics);
}

RC_GTEST_PROP(MetricsCodecTest, SoundMetricsComeBackWithTheirGaps, ()) {
  const MetricValues metrics = Sound();
  MetricValues back;
  const auto defect = DecodeMetrics(EncodeMetrics(metrics), &back);
  RC_ASSERT(!defect.has_value());
  for (const MetricInfo& info : AllMetrics()) RC_ASSERT(back[info.metric] == metrics[info.metric]);
}

RC_GTEST_PROP(MetricsCodecTest, ComplianceComesBack, ()) {
  const SlaCompliance compliance = arbitrary::AnyCompliance();
  RC_ASSERT(DecodeCompliance(EncodeCompliance(compliance)) == compliance);
}

TEST(MetricsCodecTest, WhatWasThereBeforeIsGone) {
  MetricValues metrics;
  metrics.Set(Metric::kCpuPercent, 12);
  EXPECT_FALSE(DecodeMetrics(v1::PerformanceMetrics(), &metrics).has_value());
  EXPECT_EQ(metrics, MetricValues());
}

TEST(MetricsCodecTest, EveryMetricHasItsOwnField) {
  for (const MetricInfo& info : AllMetrics()) {
    MetricValues back;
    EXPECT_FALSE(DecodeMetrics(With(info.metric, 1.5), &back).has_value()) << info.name;
    MetricValues expected;
    expected.Set(info.metric, 1.5);
    EXPECT_EQ(back, expected) << info.name;
  }
}

TEST(MetricsCodecTest, RefusesWhatIsNotFiniteByName) {
  for (const MetricInfo& info : AllMetrics()) {
    if (info.metric == Metric::kUptimeSeconds) continue;  // Whole numbers are always finite.
    for (const double value : {kNan, kInfinity, -kInfinity}) {
      MetricValues metrics;
      const auto defect = DecodeMetrics(With(info.metric, value), &metrics);
      ASSERT_TRUE(defect.has_value()) << info.name;
      EXPECT_EQ(defect->word, "nan");
      EXPECT_THAT(defect->detail, HasSubstr(info.name));
    }
  }
}

TEST(MetricsCodecTest, RefusesWhatIsNegativeByName) {
  for (const MetricInfo& info : AllMetrics()) {
    MetricValues metrics;
    const auto defect = DecodeMetrics(With(info.metric, -0.25), &metrics);
    ASSERT_TRUE(defect.has_value()) << info.name;
    EXPECT_EQ(defect->word, "negative");
    EXPECT_THAT(defect->detail, HasSubstr(info.name));
    EXPECT_THAT(defect->detail, HasSubstr("-0.25"));
  }
}

TEST(MetricsCodecTest, AShareIsAtMostAllAndCpuMayBeMore) {
  for (const MetricInfo& info : AllMetrics()) {
    MetricValues metrics;
    const auto defect = DecodeMetrics(With(info.metric, 100.5), &metrics);
    EXPECT_EQ(defect.has_value(), IsShare(info.metric)) << info.name;
    if (!defect) continue;
    EXPECT_EQ(defect->word, "percent");
    EXPECT_THAT(defect->detail, HasSubstr(info.name));
  }
}

TEST(MetricsCodecTest, AHairAboveAllIsAll) {
  MetricValues metrics;
  EXPECT_FALSE(
      DecodeMetrics(With(Metric::kAvailabilityPercent, 100.0000000001), &metrics).has_value());
  EXPECT_EQ(metrics[Metric::kAvailabilityPercent], 100);
}

TEST(MetricsCodecTest, RefusesPercentilesThatDescendAlsoAcrossAGap) {
  for (std::size_t low = 0; low < kPercentiles.size(); ++low) {
    for (std::size_t high = low + 1; high < kPercentiles.size(); ++high) {
      MetricValues sent;
      sent.Set(kPercentiles[low], 20);
      sent.Set(kPercentiles[high], 19.5);
      MetricValues metrics;
      const auto defect = DecodeMetrics(EncodeMetrics(sent), &metrics);
      ASSERT_TRUE(defect.has_value()) << low << " and " << high;
      EXPECT_EQ(defect->word, "quantiles");
      EXPECT_THAT(defect->detail, HasSubstr(Info(kPercentiles[high]).name));
      EXPECT_THAT(defect->detail, HasSubstr("19.5"));
    }
  }
}

TEST(MetricsCodecTest, RefusesAMalformedUptime) {
  v1::PerformanceMetrics message;
  message.mutable_uptime()->set_seconds(1);
  message.mutable_uptime()->set_nanos(-1);
  MetricValues metrics;
  const auto defect = DecodeMetrics(message, &metrics);
  ASSERT_TRUE(defect.has_value());
  EXPECT_EQ(defect->word, "time");
  EXPECT_THAT(defect->detail, HasSubstr("uptime: "));
}

TEST(MetricsCodecTest, RequirementsAreWrittenWhereTheyAreMade) {
  SlaRequirements requirements;
  EXPECT_EQ(EncodeRequirements(requirements).ByteSizeLong(), 0U);
  requirements.max_latency_p99_ms = 50;
  requirements.max_error_rate_percent = 0;
  v1::SlaRequirements message = EncodeRequirements(requirements);
  EXPECT_EQ(message.max_latency_p99_ms(), 50);
  EXPECT_TRUE(message.has_max_error_rate_percent());
  EXPECT_FALSE(message.has_min_throughput_ops_per_second());
  EXPECT_FALSE(message.has_min_availability_percent());
  requirements = SlaRequirements{std::nullopt, 1000, 99.9, std::nullopt};
  message = EncodeRequirements(requirements);
  EXPECT_FALSE(message.has_max_latency_p99_ms());
  EXPECT_EQ(message.min_throughput_ops_per_second(), 1000);
  EXPECT_EQ(message.min_availability_percent(), 99.9);
}

}  // namespace
}  // namespace trimtab::codec
