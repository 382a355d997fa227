// SPDX-License-Identifier: Apache-2.0
#include "client/host/recorder.h"

#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"

namespace trimtab::host {
namespace {

using std::chrono::milliseconds;

TEST(RecorderTest, CountsByHowARequestEnded) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  const MonotonicTime start = clock.Now();
  clock.Advance(milliseconds(5));
  recorder.Record(1, start, Outcome::kOk, 100);
  recorder.Record(1, start, Outcome::kError, 100);
  recorder.Record(1, start, Outcome::kTimeout, 100);
  recorder.Record(1, start, Outcome::kOk, -100);
  const Totals totals = recorder.Take(1).at(1);
  EXPECT_EQ(totals.requests, 4);
  EXPECT_EQ(totals.errors, 1);
  EXPECT_EQ(totals.timeouts, 1);
  EXPECT_EQ(totals.payload_bytes, 100);
  EXPECT_EQ(totals.latency.count(), 4u);
  EXPECT_EQ(totals.latency.min_nanos(), 5'000'000u);
  EXPECT_EQ(totals.latency.max_nanos(), 5'000'000u);
  EXPECT_TRUE(recorder.Take(1).empty());
}

TEST(RecorderTest, ALatencyIsNeverNegative) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  recorder.Record(1, clock.Now() + milliseconds(5), Outcome::kOk, 0);
  EXPECT_EQ(recorder.Take(1).at(1).latency.max_nanos(), 0u);
}

TEST(RecorderTest, AMomentBelongsToTheGenerationThenInForce) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  const MonotonicTime first = clock.Now();
  clock.Advance(milliseconds(10));
  recorder.SetGeneration(2);
  clock.Advance(milliseconds(10));
  recorder.SetGeneration(3);
  EXPECT_EQ(recorder.GenerationAt(first), 1);
  EXPECT_EQ(recorder.GenerationAt(first + milliseconds(10)), 2);
  EXPECT_EQ(recorder.GenerationAt(first + milliseconds(19)), 2);
  EXPECT_EQ(recorder.GenerationAt(clock.Now()), 3);
}

TEST(RecorderTest, TakingLeavesNewerGenerationsAlone) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  for (const std::int64_t generation : {1, 2, 3}) {
    recorder.Record(generation, clock.Now(), Outcome::kOk, 0);
  }
  EXPECT_EQ(recorder.Take(2).size(), 2u);
  EXPECT_EQ(recorder.Take(3).size(), 1u);
}

TEST(RecorderTest, NoRequestIsLostBetweenThreads) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  std::int64_t taken = 0;
  const auto take = [&] {
    for (const auto& [generation, totals] : recorder.Take(1)) taken += totals.requests;
  };
  InParallel(4, [&](int thread) {
    for (int i = 0; i < 20000; ++i) {
      if (thread == 0) {
        take();
      } else {
        recorder.Record(1, MonotonicTime(), Outcome::kOk, 0);
      }
    }
  });
  take();
  EXPECT_EQ(taken, 60000);
}

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

}  // namespace
}  // namespace trimtab::host
