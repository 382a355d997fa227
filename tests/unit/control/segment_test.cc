// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::control {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

class SegmentTest : public testing::Test {
 protected:
  SegmentTest() {
    policy.objective = {ObjectiveSpec::Kind::kMinimize, Metric::kLatencyP99Ms, {}};
    policy.measure.settle = seconds(2);
    policy.measure.window_timeout = seconds(10);
    policy.sla.max_latency_p99_ms = 100;
    segment.min_windows = 2;
    segment.max_windows = 4;
    segment.min_requests = 100;
    segment.begun = At(0);
    BeginSettling(segment, {}, 1, At(0), policy.measure);
  }
  static Moment At(double second) {
    return {MonotonicTime(std::chrono::milliseconds(static_cast<int>(second * 1000))), {}};
  }
  // A window of a second that ends now.
  void Window(double now, double latency_ms, std::int64_t requests = 100) {
    HostWindow window;
    window.length = seconds(1);
    window.requests = requests;
    if (requests > 0) {
      window.latency.Record(static_cast<std::uint64_t>(latency_ms * 1e6),
                            static_cast<std::uint64_t>(requests));
      window.metrics.Set(Metric::kLatencyP99Ms, latency_ms);
    }
    AddWindow(segment, window, At(now), policy);
  }
  std::optional<SegmentEnd> End(std::optional<Score> incumbent = {}) {
    return EndOf(segment, Read(segment, policy, {}), policy, incumbent);
  }

  TuningPolicy policy;
  Segment segment;
};

TEST_F(SegmentTest, WhatBeganBeforeTheHostHadSettledIsThrownAway) {
  Window(1, 50);
  Window(2, 50);
  Window(2.9, 50);
  EXPECT_EQ(segment.stage, Segment::Stage::kSettling);
  EXPECT_TRUE(segment.windows.empty());
  Window(3, 50);
  EXPECT_EQ(segment.stage, Segment::Stage::kMeasuring);
  EXPECT_EQ(segment.windows.size(), 1u);
}

TEST_F(SegmentTest, EndsOnceItIsSureEnough) {
  Window(3, 50);
  EXPECT_FALSE(End());
  Window(4, 50.01);
  ASSERT_TRUE(End());
  EXPECT_EQ(End()->verdict, Verdict::kSuccess);
}

TEST_F(SegmentTest, ANoisyOneGoesOnToItsMost) {
  for (int second = 3; second <= 5; ++second) {
    Window(second, second % 2 == 0 ? 30 : 80);
    EXPECT_FALSE(End()) << second;
  }
  Window(6, 30);
  ASSERT_TRUE(End());
  EXPECT_EQ(End()->verdict, Verdict::kSuccess);
}

TEST_F(SegmentTest, TooFewRequestsSayNothing) {
  for (int second = 3; second <= 6; ++second) Window(second, 50, 20);
  ASSERT_TRUE(End());
  EXPECT_EQ(End()->verdict, Verdict::kInconclusive);
  EXPECT_THAT(End()->reason, HasSubstr("80 requests in 4 windows are fewer than the 100 needed"));
}

TEST_F(SegmentTest, NoRequestsAreNeverAScore) {
  for (int second = 3; second <= 6; ++second) Window(second, 0, 0);
  EXPECT_FALSE(Read(segment, policy, {}).score);
  EXPECT_EQ(End()->verdict, Verdict::kInconclusive);
}

TEST_F(SegmentTest, WindowsInBreachOneAfterTheOtherEndItAtOnce) {
  Window(3, 500);
  EXPECT_FALSE(End());
  Window(4, 50);
  EXPECT_FALSE(End().has_value() && End()->verdict == Verdict::kFailed &&
               segment.windows.size() < 2);
  EXPECT_EQ(segment.breach_run, 0);
  Window(5, 500);
  Window(6, 500);
  ASSERT_TRUE(End());
  EXPECT_EQ(End()->verdict, Verdict::kFailed);
  EXPECT_THAT(End()->reason, HasSubstr("latency_p99_ms 500 is above 100"));
}

TEST_F(SegmentTest, AHopelessOneEndsEarly) {
  segment.min_windows = segment.max_windows = 30;
  for (int second = 3; second <= 5; ++second) Window(second, 60 + second * 0.1);
  EXPECT_FALSE(End(Score{-50, 1.0}));
  const auto end = End(Score{-20, 1.0});
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->hopeless);
}

TEST_F(SegmentTest, ADemandedMetricThatIsMissingIsInconclusive) {
  policy.sla.min_availability_percent = 99;
  for (int second = 3; second <= 6; ++second) Window(second, 50);
  EXPECT_EQ(End()->verdict, Verdict::kInconclusive);
  EXPECT_THAT(End()->reason, HasSubstr("missing"));
}

TEST_F(SegmentTest, WindowsAreOverdueAfterTheTimeout) {
  EXPECT_FALSE(WindowsOverdue(segment, At(10).mono, policy.measure));
  EXPECT_TRUE(WindowsOverdue(segment, At(10.1).mono, policy.measure));
  Window(9, 50);
  EXPECT_FALSE(WindowsOverdue(segment, At(19).mono, policy.measure));
}

TEST_F(SegmentTest, ProgressAscendsToOne) {
  double last = -1;
  for (double second = 0; second <= 2; second += 0.5) {
    const double now = Progress(segment, At(second).mono);
    EXPECT_GT(now, last);
    last = now;
  }
  for (int second = 3; second <= 6; ++second) {
    Window(second, 50);
    EXPECT_GT(Progress(segment, At(second).mono), last);
    last = Progress(segment, At(second).mono);
  }
  EXPECT_DOUBLE_EQ(last, 1);
}

}  // namespace
}  // namespace trimtab::control
