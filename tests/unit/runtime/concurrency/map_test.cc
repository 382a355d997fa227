// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/map.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "tests/support/manual_clock.h"
#include "tests/unit/runtime/concurrency/blocker.h"

namespace trimtab::runtime {
namespace {

std::vector<int> Numbers(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST(MapInOrderTest, HundredTasksAtConcurrencyTenAreAllAnsweredInOrder) {
  const auto pool = WorkerPool::Create({.threads = 16}).value();
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  const std::vector<int> inputs = Numbers(100);
  const auto results =
      MapInOrder(*pool, std::span(inputs),
                 [&](int input) {
                   const int now = ++at_once;
                   for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
                   }
                   std::this_thread::yield();
                   --at_once;
                   return input * input;
                 },
                 {.concurrency = 10});
  ASSERT_EQ(results.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)].value(), i * i);
  EXPECT_LE(most, 10);
}

TEST(MapInOrderTest, AnErrorOrAThrowIsOfItsItemOnly) {
  const auto pool = WorkerPool::Create({.threads = 2}).value();
  const std::vector<int> inputs = Numbers(6);
  const auto results = MapInOrder(*pool, std::span(inputs), [](int input) -> absl::StatusOr<int> {
    if (input == 2) return absl::NotFoundError("two");
    if (input == 4) throw std::runtime_error("four");
    return input;
  });
  EXPECT_EQ(results[2].status(), absl::NotFoundError("two"));
  EXPECT_EQ(results[4].status(), absl::InternalError("threw: four"));
  for (const int good : {0, 1, 3, 5}) {
    EXPECT_EQ(results[static_cast<std::size_t>(good)].value(), good);
  }
}

TEST(MapInOrderTest, AFullPoolDoesNotMakeItFail) {
  const auto pool = WorkerPool::Create({.threads = 1, .queue_limit = 1}).value();
  Blocker running(*pool, 1);
  running.AwaitStarted(1);
  const std::vector<int> inputs = Numbers(50);
  const auto results = MapInOrder(*pool, std::span(inputs), [](int input) { return input; });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)].value(), i);
  running.Open();
}

TEST(MapInOrderTest, MayBeCalledOnAWorker) {
  const auto pool = WorkerPool::Create({.threads = 1}).value();
  const std::vector<int> inputs = Numbers(20);
  int sum = 0;
  const auto end = std::make_shared<Gate>();
  ASSERT_TRUE(pool->Submit([&] {
                    for (const auto& result :
                         MapInOrder(*pool, std::span(inputs), [](int input) { return input; })) {
                      sum += result.value();
                    }
                    end->Open();
                  })
                  .ok());
  end->Pass();
  EXPECT_EQ(sum, 190);
}

TEST(MapInOrderTest, WhatHasNotBegunByTheDeadlineOrTheStopIsNotBegun) {
  ManualClock clock;
  const auto pool = WorkerPool::Create({.threads = 1, .clock = &clock}).value();
  const std::vector<int> inputs = Numbers(4);
  const auto late =
      MapInOrder(*pool, std::span(inputs),
                 [&](int input) {
                   if (input == 1) clock.Advance(std::chrono::seconds(2));
                   return input;
                 },
                 {.concurrency = 1, .task = {.deadline = clock.Now() + std::chrono::seconds(1)}});
  EXPECT_TRUE(late[1].ok());
  EXPECT_EQ(late[2].status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(late[3].status().code(), absl::StatusCode::kDeadlineExceeded);
  std::stop_source stop;
  const auto stopped = MapInOrder(*pool, std::span(inputs),
                                  [&](int input) {
                                    stop.request_stop();
                                    return input;
                                  },
                                  {.concurrency = 1, .task = {.stop = stop.get_token()}});
  EXPECT_TRUE(stopped[0].ok());
  EXPECT_EQ(stopped[1].status().code(), absl::StatusCode::kCancelled);
}

TEST(MapInOrderTest, NothingInNothingOutAndABadConcurrencyIsTold) {
  const auto pool = WorkerPool::Create({.threads = 1}).value();
  const auto identity = [](int input) { return input; };
  EXPECT_TRUE(MapInOrder(*pool, std::span<const int>(), identity).empty());
  const std::vector<int> inputs = Numbers(2);
  for (const auto& result : MapInOrder(*pool, std::span(inputs), identity, {.concurrency = 0})) {
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace trimtab::runtime
