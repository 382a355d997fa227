// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/resizable_semaphore.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

class ResizableSemaphoreTest : public testing::Test {
 protected:
  void AwaitWaiting(std::int64_t count) const {
    while (semaphore_->stats().waiting != count) std::this_thread::yield();
  }

  ManualClock clock_;
  std::unique_ptr<ResizableSemaphore> semaphore_ =
      ResizableSemaphore::Create({.limit = 2, .max_waiting = 3, .clock = &clock_}).value();
};

TEST_F(ResizableSemaphoreTest, RefusesWhatMakesNoSense) {
  for (const std::int64_t bad :
       {std::int64_t{0}, std::int64_t{-1}, ResizableSemaphore::kMaxLimit + 1}) {
    EXPECT_EQ(ResizableSemaphore::Create({.limit = bad}).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(semaphore_->Resize(bad).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(ResizableSemaphore::Create({.limit = 1, .max_waiting = -1}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(semaphore_->limit(), 2);
}

TEST_F(ResizableSemaphoreTest, LetsSoManyThrough) {
  auto first = semaphore_->TryAcquire();
  auto second = semaphore_->TryAcquire();
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(semaphore_->TryAcquire());
  first.reset();
  EXPECT_TRUE(semaphore_->TryAcquire());
  EXPECT_EQ(semaphore_->stats().held, 1);
}

TEST_F(ResizableSemaphoreTest, ThoseWhoWaitGoInTheOrderTheyCame) {
  auto first = semaphore_->TryAcquire();
  auto second = semaphore_->TryAcquire();
  std::vector<int> order;
  Mutex mutex;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      const auto permit = semaphore_->Acquire();
      const MutexLock lock(mutex);
      order.push_back(i);
    });
    AwaitWaiting(i + 1);
  }
  // One permit, so that they go one after the other.
  first->Release();
  threads.clear();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST_F(ResizableSemaphoreTest, TooManyWaitersAreRefused) {
  auto first = semaphore_->TryAcquire();
  auto second = semaphore_->TryAcquire();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(semaphore_->Acquire().ok()); });
  }
  AwaitWaiting(3);
  EXPECT_EQ(semaphore_->Acquire().status().code(), absl::StatusCode::kResourceExhausted);
  first->Release();
}

TEST_F(ResizableSemaphoreTest, AWaitEndsAtItsDeadlineOrStop) {
  auto first = semaphore_->TryAcquire();
  auto second = semaphore_->TryAcquire();
  EXPECT_EQ(semaphore_->Acquire(clock_.Now()).status().code(), absl::StatusCode::kDeadlineExceeded);
  std::jthread late([&] {
    EXPECT_EQ(semaphore_->Acquire(clock_.Now() + std::chrono::seconds(1)).status().code(),
              absl::StatusCode::kDeadlineExceeded);
  });
  AwaitWaiting(1);
  clock_.Advance(std::chrono::seconds(2));
  late.join();
  std::stop_source stop;
  std::jthread stopped([&] {
    EXPECT_EQ(semaphore_->Acquire(MonotonicTime::max(), stop.get_token()).status().code(),
              absl::StatusCode::kCancelled);
  });
  AwaitWaiting(1);
  stop.request_stop();
  stopped.join();
  const auto stats = semaphore_->stats();
  EXPECT_EQ(stats.waiting, 0);
  EXPECT_EQ(stats.expired, 2);
  EXPECT_EQ(stats.cancelled, 1);
  EXPECT_EQ(stats.held, 2);
}

TEST_F(ResizableSemaphoreTest, RaisedThoseWhoWaitGoAtOnceLoweredNobodyIsInterrupted) {
  auto first = semaphore_->TryAcquire();
  auto second = semaphore_->TryAcquire();
  std::jthread waiter([&] { EXPECT_TRUE(semaphore_->Acquire().ok()); });
  AwaitWaiting(1);
  ASSERT_TRUE(semaphore_->Resize(3).ok());
  waiter.join();
  ASSERT_TRUE(semaphore_->Resize(1).ok());
  EXPECT_EQ(semaphore_->stats().held, 2);
  first->Release();
  EXPECT_FALSE(semaphore_->TryAcquire());
  second->Release();
  EXPECT_TRUE(semaphore_->TryAcquire());
}

TEST_F(ResizableSemaphoreTest, APermitMovesAndIsReleasedOnce) {
  auto first = semaphore_->TryAcquire();
  ResizableSemaphore::Permit moved = *std::move(first);
  auto second = semaphore_->TryAcquire();
  moved = *std::move(second);
  EXPECT_EQ(semaphore_->stats().held, 1);
  moved.Release();
  moved.Release();
  EXPECT_EQ(semaphore_->stats().held, 0);
}

TEST_F(ResizableSemaphoreTest, ResizedUnderLoadNeverMoreThanTheLimitAndNoPermitIsLost) {
  constexpr int kPerThread = 20000;
  const auto semaphore = ResizableSemaphore::Create({.limit = 2}).value();
  std::atomic<int> inside = 0;
  InParallel(5, [&](int thread) {
    for (int i = 0; i < kPerThread; ++i) {
      if (thread == 0) {
        ASSERT_TRUE(semaphore->Resize(1 + i % 4).ok());
        continue;
      }
      const auto permit = semaphore->Acquire();
      ASSERT_TRUE(permit.ok());
      ASSERT_LE(++inside, 4);
      --inside;
    }
  });
  const auto stats = semaphore->stats();
  EXPECT_EQ(stats.granted, 4 * kPerThread);
  EXPECT_EQ(stats.held, 0);
  EXPECT_EQ(stats.waiting, 0);
}

}  // namespace
}  // namespace trimtab::runtime
