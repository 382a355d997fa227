// SPDX-License-Identifier: Apache-2.0
#include "client/host/recorder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <map>
#include <thread>

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

// Threads record under generations that change, and others take: every request
// is found once, whole, under its generation. With either fence.
class RecorderThreadsTest : public testing::TestWithParam<bool> {
 protected:
  ManualClock clock_;
  Recorder recorder_{clock_, 1,
                     GetParam() ? AsymmetricFence::OfThisMachine() : AsymmetricFence::Symmetric()};
};

TEST_P(RecorderThreadsTest, EveryRequestIsTakenOnceAndWhole) {
  constexpr int kPerThread = 30000;
  std::map<std::int64_t, Totals> all;
  const auto take = [&](std::int64_t generation) {
    for (const auto& [number, totals] : recorder_.Take(generation)) {
      // What belongs to a request came with it.
      ASSERT_EQ(totals.latency.count(), static_cast<std::uint64_t>(totals.requests));
      ASSERT_EQ(totals.payload_bytes, 3 * (totals.requests - totals.errors));
      ASSERT_EQ(totals.latency.sum_nanos(), 1000u * static_cast<unsigned>(totals.requests));
      all[number].Merge(totals);
    }
  };
  std::atomic<int> recording{3};
  InParallel(4, [&](int thread) {
    if (thread == 3) {
      for (std::int64_t generation = 2; recording > 0; ++generation) {
        recorder_.SetGeneration(generation);
        take(generation - 1);
      }
      return;
    }
    for (int i = 0; i < kPerThread; ++i) {
      // Now and then one that began long ago.
      const std::int64_t generation = i % 7 == 0 ? 1 : recorder_.generation();
      recorder_.RecordLatency(generation, 1000, i % 3 == 0 ? Outcome::kError : Outcome::kOk, 3);
    }
    --recording;
  });
  take(recorder_.generation());
  Totals sum;
  for (const auto& [number, totals] : all) sum.Merge(totals);
  EXPECT_EQ(sum.requests, 3 * kPerThread);
  EXPECT_EQ(sum.errors, kPerThread);
  EXPECT_EQ(sum.latency.min_nanos(), 1000u);
  EXPECT_EQ(sum.latency.max_nanos(), 1000u);
  EXPECT_GE(all.at(1).requests, 3 * kPerThread / 7);
}

TEST_P(RecorderThreadsTest, WhatAnEndedThreadCountedStaysAndItsPlaceIsUsedAgain) {
  for (int i = 0; i < 50; ++i) {
    std::thread([&] { recorder_.RecordLatency(1, 5, Outcome::kOk, 1); }).join();
  }
  EXPECT_EQ(recorder_.stats().lanes, 1);
  EXPECT_EQ(recorder_.stats().threads, 0);
  EXPECT_EQ(recorder_.Take(1).at(1).requests, 50);
}

INSTANTIATE_TEST_SUITE_P(Fences, RecorderThreadsTest, testing::Bool(), [](const auto& fence) {
  return fence.param ? "OfThisMachine" : "Symmetric";
});

TEST(RecorderTest, AThreadCountsInSeveralRecordersAlsoOnesThatComeLater) {
  ManualClock clock;
  Recorder first(clock, 1);
  for (int i = 0; i < 20; ++i) {
    Recorder other(clock, 1);
    first.RecordLatency(1, 5, Outcome::kOk, 0);
    other.RecordLatency(1, 5, Outcome::kOk, 0);
    first.RecordLatency(1, 5, Outcome::kOk, 0);
    EXPECT_EQ(other.Take(1).at(1).requests, 1);
  }
  EXPECT_EQ(first.Take(1).at(1).requests, 40);
}

TEST(RecorderTest, AThreadStillCountsWhileItsOwnObjectsAreDestroyed) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  struct AtTheEnd {
    ~AtTheEnd() { to->RecordLatency(1, 5, Outcome::kOk, 0); }
    Recorder* to;
  };
  std::thread([&] {
    // Made before the recorder's own, so destroyed after it.
    thread_local AtTheEnd last{&recorder};
    last.to->RecordLatency(1, 5, Outcome::kOk, 0);
  }).join();
  EXPECT_EQ(recorder.Take(1).at(1).requests, 2);
}

TEST(RecorderTest, MemoryGoesBackAfterManyThreads) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  InParallel(16, [&](int) { recorder.RecordLatency(1, 5, Outcome::kOk, 0); });
  EXPECT_EQ(recorder.Take(1).at(1).requests, 16);
  EXPECT_LE(recorder.stats().blocks, 1);
}

TEST(RecorderTest, TheLongestAndTheShortestLatencyFit) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  recorder.RecordLatency(1, ~std::uint64_t{0}, Outcome::kOk,
                         std::numeric_limits<std::int64_t>::max());
  recorder.RecordLatency(1, ~std::uint64_t{0}, Outcome::kOk,
                         std::numeric_limits<std::int64_t>::max());
  recorder.RecordLatency(1, 0, Outcome::kOk, 0);
  const Totals totals = recorder.Take(1).at(1);
  EXPECT_EQ(totals.requests, 3);
  EXPECT_EQ(totals.latency.sum_nanos(), ~std::uint64_t{0});
  EXPECT_EQ(totals.latency.max_nanos(), ~std::uint64_t{0});
  EXPECT_EQ(totals.latency.min_nanos(), 0u);
  EXPECT_EQ(totals.payload_bytes, std::numeric_limits<std::int64_t>::max());
}

TEST(RecorderTest, AStartBeforeAllTimeIsALongLatencyNotAnOverflow) {
  ManualClock clock;
  Recorder recorder(clock, 1);
  recorder.Record(1, MonotonicTime::min(), Outcome::kOk, 0);
  EXPECT_GT(recorder.Take(1).at(1).latency.max_nanos(), std::uint64_t{1} << 62);
}

}  // namespace
}  // namespace trimtab::host
