// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/adaptive_limit.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "tests/support/manual_clock.h"

namespace trimtab::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AdaptiveLimitTest : public testing::Test {
 protected:
  std::unique_ptr<AdaptiveLimit> Make(bool adaptive) {
    return AdaptiveLimit::Create({.gradient = {.max_limit = 100, .initial_limit = 10},
                                  .adaptive = adaptive,
                                  .clock = &clock_})
        .value();
  }
  // As many requests at once as are let through, again and again; each round
  // takes so long.
  void Serve(AdaptiveLimit& limit, Duration latency, Duration time) {
    const MonotonicTime end = clock_.Now() + time;
    while (clock_.Now() < end) {
      std::deque<AdaptiveLimit::Ticket> tickets;
      while (true) {
        auto ticket = limit.Begin(clock_.Now());
        if (!ticket.ok()) break;
        tickets.push_back(*std::move(ticket));
      }
      clock_.Advance(latency);
      for (AdaptiveLimit::Ticket& ticket : tickets) ticket.Finish(AdaptiveLimit::End::kOk);
    }
  }

  ManualClock clock_;
};

TEST_F(AdaptiveLimitTest, FollowsTheServerUpAndDown) {
  const auto limit = Make(/*adaptive=*/true);
  EXPECT_EQ(limit->limit(), 3);
  Serve(*limit, milliseconds(10), seconds(5));
  EXPECT_GT(limit->limit(), 50);
  Serve(*limit, milliseconds(100), seconds(5));
  EXPECT_LT(limit->limit(), 10);
}

TEST_F(AdaptiveLimitTest, StaysWhereItIsWhenItIsNotToAdapt) {
  const auto limit = Make(/*adaptive=*/false);
  EXPECT_EQ(limit->limit(), 10);
  Serve(*limit, milliseconds(10), seconds(5));
  EXPECT_EQ(limit->limit(), 10);
  limit->SetAdaptive(true);
  Serve(*limit, milliseconds(10), seconds(5));
  EXPECT_GT(limit->limit(), 10);
  ASSERT_TRUE(limit->SetFixed(7).ok());
  Serve(*limit, milliseconds(10), seconds(5));
  EXPECT_EQ(limit->limit(), 7);
}

TEST_F(AdaptiveLimitTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(AdaptiveLimit::Create({.gradient = {.min_limit = 0}}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AdaptiveLimit::Create({.max_waiting = -1}).status().code(),
            absl::StatusCode::kInvalidArgument);
  const auto limit = Make(/*adaptive=*/false);
  EXPECT_EQ(limit->SetFixed(0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(limit->SetOptions({.tolerance = 0}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(limit->limit(), 10);
}

TEST_F(AdaptiveLimitTest, ATicketThatIsForgottenGivesItsPlaceBackAndSaysNothing) {
  const auto limit = Make(/*adaptive=*/true);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limit->Begin(clock_.Now()).ok());
  EXPECT_EQ(limit->stats().permits.held, 0);
  EXPECT_EQ(limit->stats().baseline, Duration::zero());
}

TEST_F(AdaptiveLimitTest, ATicketEndsOnce) {
  const auto limit = Make(/*adaptive=*/false);
  auto first = limit->Begin();
  auto second = limit->Begin();
  AdaptiveLimit::Ticket moved = *std::move(first);
  moved = *std::move(second);
  EXPECT_EQ(limit->stats().permits.held, 1);
  moved.Finish(AdaptiveLimit::End::kOk);
  moved.Finish(AdaptiveLimit::End::kOk);
  EXPECT_EQ(limit->stats().permits.held, 0);
}

}  // namespace
}  // namespace trimtab::runtime
