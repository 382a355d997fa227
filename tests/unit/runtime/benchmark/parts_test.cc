// SPDX-License-Identifier: Apache-2.0
// Arrivals, histogram, timeline, progress and units.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "client/runtime/benchmark/arrivals.h"
#include "client/runtime/benchmark/histogram.h"
#include "client/runtime/benchmark/progress.h"
#include "client/runtime/benchmark/timeline.h"
#include "client/runtime/benchmark/units.h"

namespace trimtab::benchmark {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const MonotonicTime kStart{std::chrono::hours(1)};

TEST(ArrivalsTest, AConstantRateDoesNotDrift) {
  Arrivals arrivals({.kind = Load::Kind::kConstant, .rate = 3}, kStart);
  EXPECT_EQ(arrivals.Next(), kStart);
  MonotonicTime last;
  for (int i = 0; i < 3'000'000; ++i) last = arrivals.Next();
  EXPECT_EQ(last, kStart + seconds(1'000'000));
}

TEST(ArrivalsTest, PoissonGapsHaveTheirMeanAndSpreadAndFollowTheSeed) {
  constexpr int kCount = 200000;
  const Load load{.kind = Load::Kind::kPoisson, .rate = 1000, .seed = 7};
  Arrivals arrivals(load, kStart);
  Arrivals again(load, kStart);
  Load other_seed = load;
  other_seed.seed = 8;
  Arrivals other(other_seed, kStart);
  double sum = 0;
  double squares = 0;
  int differ = 0;
  MonotonicTime before = kStart;
  for (int i = 0; i < kCount; ++i) {
    const MonotonicTime next = arrivals.Next();
    ASSERT_GE(next, before);
    ASSERT_EQ(next, again.Next());
    differ += next != other.Next();
    const double gap = std::chrono::duration<double>(next - before).count();
    sum += gap;
    squares += gap * gap;
    before = next;
  }
  const double mean = sum / kCount;
  EXPECT_NEAR(mean, 0.001, 0.00001);
  // An exponential's spread is its mean.
  EXPECT_NEAR(std::sqrt(squares / kCount - mean * mean), 0.001, 0.00002);
  EXPECT_GT(differ, kCount / 2);
}

TEST(LoadTest, KindsHaveWords) {
  Load::Kind kind = Load::Kind::kClosed;
  for (const auto each : {Load::Kind::kClosed, Load::Kind::kConstant, Load::Kind::kPoisson}) {
    EXPECT_TRUE(ParseKind(Name(each), &kind));
    EXPECT_EQ(kind, each);
  }
  EXPECT_FALSE(ParseKind("open", &kind));
  EXPECT_EQ(Describe({.kind = Load::Kind::kPoisson, .concurrency = 16, .rate = 200}),
            "poisson, 200 a second, 16 at once at most");
}

RC_GTEST_PROP(HistogramPropertyTest, QuantilesAreWithinABucketOfTheExactOnes, ()) {
  auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(
      rc::gen::inRange<std::uint64_t>(0, 10'000'000'000)));
  Histogram histogram;
  for (const std::uint64_t value : values) histogram.Record(value);
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double wanted = std::ceil(q * static_cast<double>(values.size()));
    const auto rank = static_cast<std::size_t>(std::max(1.0, wanted));
    const auto exact = static_cast<double>(values[rank - 1]);
    RC_ASSERT(std::abs(*histogram.QuantileNs(q) - exact) <= exact / 64 + 1);
  }
}

RC_GTEST_PROP(HistogramPropertyTest, MergedIsTheSameAsRecordedTogether,
              (const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b)) {
  Histogram together;
  Histogram first;
  Histogram second;
  for (const std::uint64_t value : a) {
    together.Record(value);
    first.Record(value);
  }
  for (const std::uint64_t value : b) {
    together.Record(value);
    second.Record(value);
  }
  first.Merge(second);
  RC_ASSERT(first == together);
}

TEST(HistogramTest, AnEmptyOneKnowsNothing) {
  const Histogram histogram;
  EXPECT_FALSE(histogram.QuantileNs(0.5) || histogram.MeanNs() || histogram.MinNs() ||
               histogram.MaxNs());
}

TEST(HistogramTest, RestoresWhatItWasAndRefusesWhatContradictsItself) {
  Histogram histogram;
  for (const std::uint64_t value : {5u, 1000u, 123456789u}) histogram.Record(value, 3);
  Histogram copy;
  EXPECT_TRUE(copy.Restore(histogram.counts(), histogram.sum_ns(), 5, 123456789));
  EXPECT_EQ(copy, histogram);
  const auto counts = histogram.counts();
  EXPECT_FALSE(copy.Restore(counts, histogram.sum_ns(), 6, 123456789));
  EXPECT_FALSE(copy.Restore(counts, histogram.sum_ns(), 5, 1000));
  EXPECT_FALSE(copy.Restore(counts, 1e18, 5, 123456789));
  EXPECT_FALSE(copy.Restore({~std::uint64_t{0}, 1}, 1, 0, 1));
  EXPECT_FALSE(copy.Restore(std::vector<std::uint64_t>(100000, 1), 1, 0, 1));
  EXPECT_EQ(copy, histogram);
  EXPECT_TRUE(copy.Restore({0, 0}, 0, 0, 0));
  EXPECT_EQ(copy, Histogram());
}

RC_GTEST_PROP(TimelinePropertyTest, SlicesCoverTheRunAndLoseNothing, ()) {
  const auto ends = *rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(0, 100'000'000'000));
  const auto limit = *rc::gen::inRange<std::size_t>(1, Timeline::kMaxSlices + 1);
  Timeline timeline(kStart);
  Duration length = milliseconds(1);
  std::int64_t errors = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const Ended how = i % 3 == 0 ? Ended::kError : Ended::kOk;
    errors += how == Ended::kError;
    length = std::max(length, Duration(ends[i]));
    timeline.Add({kStart, kStart + Duration(ends[i]), how, 1});
  }
  const std::vector<Slice> slices = std::move(timeline).Take(length, limit);
  RC_ASSERT(!slices.empty());
  RC_ASSERT(slices.size() <= limit);
  Slice all;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    RC_ASSERT(slices[i].begin == all.length);
    if (i + 1 < slices.size()) RC_ASSERT(slices[i].length == slices[0].length);
    all.Append(slices[i]);
  }
  RC_ASSERT(slices.size() == 1 || 2 * slices.back().length >= slices[0].length);
  RC_ASSERT(slices.size() == 1 || 2 * slices.back().length <= 3 * slices[0].length);
  RC_ASSERT(all.length == length);
  RC_ASSERT(all.ok == static_cast<std::int64_t>(ends.size()) - errors);
  RC_ASSERT(all.errors == errors);
  RC_ASSERT(all.latency.count() == static_cast<std::uint64_t>(all.ok));
}

TEST(UnitsTest, ThreeDigitsInTheUnitThatFits) {
  EXPECT_EQ(FormatNanos(0), "0.00 ns");
  EXPECT_EQ(FormatNanos(999), "999 ns");
  EXPECT_EQ(FormatNanos(999.9), "1.00 us");
  EXPECT_EQ(FormatNanos(12345), "12.3 us");
  EXPECT_EQ(FormatNanos(99.96e6), "100 ms");
  EXPECT_EQ(FormatNanos(61.5e9), "61.5 s");
  EXPECT_EQ(FormatBytes(512), "512 B");
  EXPECT_EQ(FormatBytes(1536), "1.50 KiB");
  EXPECT_EQ(FormatCount(1234), "1234");
  EXPECT_EQ(FormatCount(123456), "123 k");
}

TEST(ProgressTest, TheBarFillsAndTheLineFits) {
  Progress progress{.elapsed = seconds(5), .duration = seconds(10), .succeeded = 1200};
  progress.p99_ns = 1.5e6;
  EXPECT_EQ(FormatProgress(progress, 80),
            "measuring [###########-----------]   50 %  5.0 s  1200 ok  0 failed  p99 1.50 ms");
  progress.warming_up = true;
  progress.elapsed = seconds(50);
  for (std::size_t width = 20; width < 200; ++width) {
    const std::string line = FormatProgress(progress, width);
    EXPECT_LE(line.size(), width);
    EXPECT_THAT(line, testing::StartsWith("warming up [####"));
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("-")));
  }
}

TEST(ProgressTest, TheNearerLimitCounts) {
  Progress progress{.elapsed = seconds(1), .duration = seconds(10), .count = 100, .succeeded = 50};
  EXPECT_DOUBLE_EQ(progress.Share(), 0.5);
  progress.count.reset();
  EXPECT_DOUBLE_EQ(progress.Share(), 0.1);
}

}  // namespace
}  // namespace trimtab::benchmark
