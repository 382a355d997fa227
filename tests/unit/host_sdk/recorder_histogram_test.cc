// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "client/host/histogram.h"

namespace trimtab::host {
namespace {

TEST(HistogramTest, AQuantileIsWithinItsBucket) {
  Histogram histogram;
  EXPECT_EQ(histogram.QuantileNanos(0.5), 0);
  for (std::uint64_t nanos = 1; nanos <= 100'000; ++nanos) histogram.Record(nanos);
  for (const double q : {0.5, 0.95, 0.99, 0.999}) {
    EXPECT_NEAR(histogram.QuantileNanos(q), q * 100'000, q * 100'000 / 64);
  }
}

TEST(HistogramTest, MergingIsAsRecordingAll) {
  Histogram odd;
  Histogram even;
  Histogram all;
  for (std::uint64_t nanos = 1; nanos < 10'000; ++nanos) {
    (nanos % 2 == 0 ? even : odd).Record(nanos);
    all.Record(nanos);
  }
  odd.Merge(even);
  EXPECT_EQ(odd.buckets(), all.buckets());
  EXPECT_EQ(odd.sum_nanos(), all.sum_nanos());
  EXPECT_EQ(odd.min_nanos(), 1u);
  EXPECT_EQ(odd.max_nanos(), 9'999u);
}

RC_GTEST_PROP(HistogramProperty, AQuantileIsAtMost16PerMilleOff,
              (std::vector<std::uint64_t> latencies)) {
  RC_PRE(!latencies.empty());
  Histogram histogram;
  for (std::uint64_t& nanos : latencies) {
    nanos %= std::uint64_t{1} << 50;
    histogram.Record(nanos);
  }
  std::sort(latencies.begin(), latencies.end());
  const double q = *rc::gen::inRange(1, 1001) / 1000.0;
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(latencies.size())));
  const auto exact = static_cast<double>(latencies[rank - 1]);
  RC_ASSERT(std::abs(histogram.QuantileNanos(q) - exact) <= 0.016 * exact);
}

RC_GTEST_PROP(HistogramProperty, MergedInAnyOrderItIsTheSame,
              (const std::vector<std::uint64_t>& first, const std::vector<std::uint64_t>& second)) {
  Histogram a;
  Histogram b;
  for (const std::uint64_t nanos : first) a.Record(nanos);
  for (const std::uint64_t nanos : second) b.Record(nanos);
  Histogram ab = a;
  ab.Merge(b);
  Histogram ba = b;
  ba.Merge(a);
  RC_ASSERT(ab.buckets() == ba.buckets());
  RC_ASSERT(ab.count() == first.size() + second.size());
  RC_ASSERT(ab.sum_nanos() == ba.sum_nanos());
  RC_ASSERT(ab.min_nanos() == ba.min_nanos());
  RC_ASSERT(ab.max_nanos() == ba.max_nanos());
}

}  // namespace
}  // namespace trimtab::host
