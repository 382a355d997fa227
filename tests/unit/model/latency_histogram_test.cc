// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "daemon/base/random.h"

namespace trimtab {
namespace {

TEST(LogLinearBucketsTest, EveryValueLiesInItsBucketAndBucketsAreNarrow) {
  Random random(1);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t value = random.Next() >> (random.Next() % 64);
    const std::uint32_t index = LogLinearBuckets::Index(value);
    const std::uint64_t low = LogLinearBuckets::LowerBound(index);
    const std::uint64_t high = LogLinearBuckets::UpperBound(index);
    ASSERT_LE(low, value);
    ASSERT_GE(high, value);
    ASSERT_LE(static_cast<double>(high - low), static_cast<double>(low) / 64 + 1);
    ASSERT_LT(index, LogLinearBuckets::Count());
  }
}

TEST(LatencyHistogramTest, QuantilesAreWithinABucketOfTheTruthAndMergeIsTheWhole) {
  Random random(2);
  LatencyHistogram whole;
  LatencyHistogram parts[2];
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20000; ++i) {
    values.push_back(1000 + random.Next() % 100000000);
    whole.Record(values.back());
    parts[i % 2].Record(values.back());
  }
  ASSERT_TRUE(parts[0].Merge(parts[1]).ok());
  EXPECT_EQ(parts[0], whole);
  std::sort(values.begin(), values.end());
  for (const double q : {0.5, 0.95, 0.99, 0.999}) {
    const auto truth = static_cast<double>(values[static_cast<std::size_t>(q * 20000) - 1]);
    EXPECT_NEAR(*whole.QuantileNs(q), truth, truth * 0.016);
  }
}

TEST(LatencyHistogramTest, RefusesWhatDoesNotFit) {
  LatencyHistogram coarse(3);
  coarse.Record(5);
  LatencyHistogram fine(6);
  fine.Record(5);
  EXPECT_FALSE(fine.Merge(coarse).ok());
  EXPECT_FALSE(fine.AddBucket(LogLinearBuckets::Count(), 1).ok());
  EXPECT_FALSE(LatencyHistogram().QuantileNs(0.5));
}

}  // namespace
}  // namespace trimtab
