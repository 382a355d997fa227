// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/future.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "client/runtime/concurrency/async.h"
#include "tests/support/manual_clock.h"
#include "tests/unit/runtime/concurrency/blocker.h"

namespace trimtab::runtime {
namespace {

class FutureTest : public testing::Test {
 protected:
  ManualClock clock_;
  std::unique_ptr<WorkerPool> pool_ =
      WorkerPool::Create({.threads = 1, .queue_limit = 2, .clock = &clock_}).value();
};

TEST_F(FutureTest, BringsWhatTheTaskReturns) {
  EXPECT_EQ(Async(*pool_, [] { return 42; }).Get().value(), 42);
  EXPECT_TRUE(Async(*pool_, [] {}).Get().ok());
  EXPECT_EQ(Async(*pool_, [] { return absl::NotFoundError("row 7"); }).Get(),
            absl::NotFoundError("row 7"));
  EXPECT_EQ(Async(*pool_, []() -> absl::StatusOr<std::string> { return "a"; }).Get().value(), "a");
  EXPECT_EQ(*Async(*pool_, [] { return std::make_unique<int>(3); }).Get().value(), 3);
}

TEST_F(FutureTest, AThrowIsAnErrorWithItsWords) {
  const auto result = Async(*pool_, []() -> int { throw std::runtime_error("no such row"); }).Get();
  EXPECT_EQ(result.status(), absl::InternalError("threw: no such row"));
  EXPECT_EQ(Async(*pool_, [] { throw 7; }).Get().code(), absl::StatusCode::kInternal);
}

TEST_F(FutureTest, IsCancelledAtOnceBeforeItBegins) {
  Blocker running(*pool_, 1);
  running.AwaitStarted(1);
  bool ran = false;
  Future<absl::Status> future = Async(*pool_, [&ran] { ran = true; });
  EXPECT_FALSE(future.Ready());
  EXPECT_TRUE(future.Cancel());
  EXPECT_FALSE(future.Cancel());
  EXPECT_EQ(future.Get().code(), absl::StatusCode::kCancelled);
  running.Open();
  pool_.reset();
  EXPECT_FALSE(ran);
}

TEST_F(FutureTest, CannotBeCancelledOnceItRuns) {
  Gate started;
  Gate go;
  Future<absl::StatusOr<int>> future = Async(*pool_, [&] {
    started.Open();
    go.Pass();
    return 5;
  });
  started.Pass();
  EXPECT_FALSE(future.Cancel());
  go.Open();
  EXPECT_EQ(future.Get().value(), 5);
}

TEST_F(FutureTest, TellsThatItsDeadlineCameOrItsStop) {
  Blocker running(*pool_, 1);
  running.AwaitStarted(1);
  auto late = Async(*pool_, [] {}, {.deadline = clock_.Now()});
  std::stop_source stop;
  auto stopped = Async(*pool_, [] {}, {.stop = stop.get_token()});
  stop.request_stop();
  clock_.Advance(std::chrono::seconds(1));
  running.Open();
  EXPECT_EQ(late.Get().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(stopped.Get().code(), absl::StatusCode::kCancelled);
}

TEST_F(FutureTest, OfARefusedTaskIsReadyWithTheError) {
  Blocker running(*pool_, 1);
  running.AwaitStarted(1);
  auto first = Async(*pool_, [] { return 1; });
  auto second = Async(*pool_, [] { return 2; });
  auto refused = Async(*pool_, [] { return 3; });
  EXPECT_TRUE(refused.Ready());
  EXPECT_EQ(refused.Get().status().code(), absl::StatusCode::kResourceExhausted);
  running.Open();
  EXPECT_EQ(first.Get().value(), 1);
  EXPECT_EQ(second.Get().value(), 2);
}

TEST_F(FutureTest, AWaitEndsAtItsDeadline) {
  Blocker running(*pool_, 1);
  running.AwaitStarted(1);
  auto future = Async(*pool_, [] { return 1; });
  EXPECT_FALSE(future.WaitUntil(clock_.Now(), clock_));
  running.Open();
  EXPECT_TRUE(future.WaitUntil(clock_.Now() + std::chrono::hours(1), clock_));
  EXPECT_EQ(future.Get().value(), 1);
}

TEST_F(FutureTest, IsUsedUpByGet) {
  auto future = Async(*pool_, [] { return 1; });
  EXPECT_TRUE(future.valid());
  EXPECT_EQ(future.Get().value(), 1);
  EXPECT_FALSE(future.valid());
  EXPECT_EQ(future.Get().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(FutureTest, WhatATaskHoldsIsGivenUpBeforeItsResultIsSeen) {
  auto held = std::make_shared<int>(1);
  auto future = Async(*pool_, [held] { return *held; });
  future.WaitUntil(MonotonicTime::max(), SystemClock());
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(future.Get().value(), 1);
}

}  // namespace
}  // namespace trimtab::runtime
