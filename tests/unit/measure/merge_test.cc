// SPDX-License-Identifier: Apache-2.0
#include "daemon/measure/merge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace trimtab {
namespace {

HostWindow Window(std::vector<std::uint64_t> latencies_ms, int seconds = 1) {
  HostWindow window;
  window.length = std::chrono::seconds(seconds);
  window.requests = static_cast<std::int64_t>(latencies_ms.size());
  for (const std::uint64_t each : latencies_ms) window.latency.Record(each * 1'000'000);
  window.metrics.Set(Metric::kCpuPercent, 50);
  return window;
}

Measurement Merged(const std::vector<HostWindow>& windows) {
  WindowMerger merger;
  for (const HostWindow& window : windows) EXPECT_TRUE(merger.Add(window).ok());
  return merger.Result();
}

TEST(WindowMergerTest, APercentileIsOfAllRequestsNotAMeanOfPercentiles) {
  // 99 fast requests and one slow one beside 900 fast ones: the slow one is
  // beyond the 99th percentile of all.
  std::vector<std::uint64_t> mixed(99, 10);
  mixed.push_back(5000);
  const Measurement all = Merged({Window(mixed), Window(std::vector<std::uint64_t>(900, 10))});
  EXPECT_NEAR(*all.metrics[Metric::kLatencyP99Ms], 10, 0.2);
  EXPECT_NEAR(*Merged({Window(mixed)}).metrics[Metric::kLatencyP999Ms], 5000, 80);
}

TEST(WindowMergerTest, RatesAreOverTheWholeLength) {
  HostWindow slow = Window(std::vector<std::uint64_t>(100, 10), 9);
  slow.errors = 10;
  slow.timeouts = 5;
  slow.payload_bytes = 1000;
  const Measurement all = Merged({slow, Window(std::vector<std::uint64_t>(100, 10), 1)});
  EXPECT_DOUBLE_EQ(*all.metrics[Metric::kThroughputOpsPerSecond], 18.5);
  EXPECT_DOUBLE_EQ(*all.metrics[Metric::kThroughputBytesPerSecond], 100);
  EXPECT_DOUBLE_EQ(*all.metrics[Metric::kErrorRatePercent], 5);
  EXPECT_DOUBLE_EQ(*all.metrics[Metric::kTimeoutRatePercent], 2.5);
}

TEST(MetricsOfTest, CountsAndHistogramTellWhateverTheHostSays) {
  HostWindow window = Window(std::vector<std::uint64_t>(100, 10), 2);
  window.errors = 10;
  window.timeouts = 5;
  window.payload_bytes = 1000;
  for (const MetricInfo& info : AllMetrics()) window.metrics.Set(info.metric, 7);
  MetricValues metrics = MetricsOf(window);
  EXPECT_NEAR(*metrics[Metric::kLatencyP50Ms], 10, 0.2);
  EXPECT_NEAR(*metrics[Metric::kLatencyP999Ms], 10, 0.2);
  EXPECT_DOUBLE_EQ(*metrics[Metric::kThroughputOpsPerSecond], 42.5);
  EXPECT_DOUBLE_EQ(*metrics[Metric::kThroughputBytesPerSecond], 500);
  EXPECT_DOUBLE_EQ(*metrics[Metric::kErrorRatePercent], 10);
  EXPECT_DOUBLE_EQ(*metrics[Metric::kTimeoutRatePercent], 5);
  // What only the host knows.
  EXPECT_DOUBLE_EQ(*metrics[Metric::kCpuPercent], 7);
  EXPECT_DOUBLE_EQ(*metrics[Metric::kAvailabilityPercent], 7);
  // Whether it says something or not.
  window.metrics = MetricValues();
  metrics.Set(Metric::kCpuPercent, std::nullopt);
  metrics.Set(Metric::kMemoryBytes, std::nullopt);
  metrics.Set(Metric::kNetworkBytesPerSecond, std::nullopt);
  metrics.Set(Metric::kAvailabilityPercent, std::nullopt);
  metrics.Set(Metric::kUptimeSeconds, std::nullopt);
  EXPECT_EQ(MetricsOf(window), metrics);
}

TEST(MetricsOfTest, WithoutARequestThereIsNeitherLatencyNorRateOfErrors) {
  HostWindow window = Window({});
  window.metrics.Set(Metric::kLatencyP99Ms, 7);
  window.metrics.Set(Metric::kErrorRatePercent, 7);
  const MetricValues metrics = MetricsOf(window);
  EXPECT_FALSE(metrics[Metric::kLatencyP99Ms]);
  EXPECT_FALSE(metrics[Metric::kErrorRatePercent]);
  EXPECT_DOUBLE_EQ(*metrics[Metric::kThroughputOpsPerSecond], 0);
}

TEST(WindowMergerTest, AMeanIsWeightedByTimeAndAGapIsNoZero) {
  HostWindow busy = Window({1}, 3);
  busy.metrics.Set(Metric::kCpuPercent, 90);
  EXPECT_DOUBLE_EQ(*Merged({busy, Window({1})}).metrics[Metric::kCpuPercent], 80);
  HostWindow without = Window({1});
  without.metrics.Set(Metric::kCpuPercent, std::nullopt);
  EXPECT_FALSE(Merged({busy, without, busy}).metrics[Metric::kCpuPercent]);
  EXPECT_FALSE(Merged({without, busy}).metrics[Metric::kCpuPercent]);
}

TEST(WindowMergerTest, WindowsWithoutRequestsHaveNoLatencyAndNoErrorRate) {
  const Measurement empty = Merged({Window({}), Window({})});
  EXPECT_FALSE(empty.metrics[Metric::kLatencyP99Ms]);
  EXPECT_FALSE(empty.metrics[Metric::kErrorRatePercent]);
  EXPECT_DOUBLE_EQ(*empty.metrics[Metric::kThroughputOpsPerSecond], 0);
  EXPECT_NEAR(*Merged({Window({}), Window({10})}).metrics[Metric::kLatencyP99Ms], 10, 0.2);
}

TEST(WindowMergerTest, AHistogramOfAnotherPrecisionIsLeftOut) {
  WindowMerger merger;
  ASSERT_TRUE(merger.Add(Window({10})).ok());
  HostWindow other = Window({});
  other.latency = LatencyHistogram(8);
  other.latency.Record(1);
  EXPECT_FALSE(merger.Add(other).ok());
  EXPECT_EQ(merger.windows(), 1);
}

RC_GTEST_PROP(WindowMergerTest, TheOrderDoesNotCount,
              (std::vector<std::vector<std::uint16_t>> latencies)) {
  std::vector<HostWindow> windows;
  for (const auto& each : latencies) windows.push_back(Window({each.begin(), each.end()}));
  const Measurement forwards = Merged(windows);
  std::reverse(windows.begin(), windows.end());
  const Measurement backwards = Merged(windows);
  RC_ASSERT(forwards.latency == backwards.latency);
  RC_ASSERT(forwards.requests == backwards.requests);
  RC_ASSERT(forwards.metrics[Metric::kLatencyP99Ms] == backwards.metrics[Metric::kLatencyP99Ms]);
}

RC_GTEST_PROP(WindowMergerTest, PercentilesAscend, (const std::vector<std::uint16_t>& latencies)) {
  RC_PRE(!latencies.empty());
  const MetricValues metrics = Merged({Window({latencies.begin(), latencies.end()})}).metrics;
  RC_ASSERT(*metrics[Metric::kLatencyP50Ms] <= *metrics[Metric::kLatencyP95Ms]);
  RC_ASSERT(*metrics[Metric::kLatencyP95Ms] <= *metrics[Metric::kLatencyP99Ms]);
  RC_ASSERT(*metrics[Metric::kLatencyP99Ms] <= *metrics[Metric::kLatencyP999Ms]);
}

}  // namespace
}  // namespace trimtab
