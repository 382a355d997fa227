// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/manual_clock.h"
#include "tests/unit/runtime/concurrency/blocker.h"

namespace trimtab::runtime {
namespace {

std::unique_ptr<WorkerPool> Make(WorkerPoolOptions options) {
  auto pool = WorkerPool::Create(std::move(options));
  EXPECT_TRUE(pool.ok()) << pool.status();
  return *std::move(pool);
}

TEST(WorkerPoolTest, RefusesOptionsThatMakeNoSense) {
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, WorkerPool::kMaxThreads + 1}) {
    const auto pool = WorkerPool::Create({.threads = bad});
    EXPECT_EQ(pool.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(pool.status().message().find(std::to_string(bad)), std::string::npos);
  }
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-5}, WorkerPool::kMaxQueue + 1}) {
    const auto pool = WorkerPool::Create({.queue_limit = bad});
    EXPECT_EQ(pool.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(pool.status().message().find(std::to_string(bad)), std::string::npos);
  }
}

TEST(WorkerPoolTest, ABadResizeChangesNothingAndLosesNothing) {
  std::atomic<int> runs = 0;
  {
    const auto pool = Make({.threads = 2, .queue_limit = 100});
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool->Submit([&runs] { ++runs; }).ok());
    for (const std::int64_t bad :
         {std::int64_t{0}, std::int64_t{-1}, WorkerPool::kMaxThreads + 1}) {
      EXPECT_EQ(pool->Resize(bad).code(), absl::StatusCode::kInvalidArgument);
      EXPECT_EQ(pool->SetQueueLimit(bad - 1 < 1 ? bad - 1 : WorkerPool::kMaxQueue + 1).code(),
                absl::StatusCode::kInvalidArgument);
    }
    EXPECT_EQ(pool->threads(), 2);
    EXPECT_EQ(pool->queue_limit(), 100);
  }
  EXPECT_EQ(runs, 50);
}

TEST(WorkerPoolTest, AFullQueueRefusesUntilItHasRoom) {
  const auto pool = Make({.threads = 1, .queue_limit = 2});
  Blocker running(*pool, 1);
  running.AwaitStarted(1);
  EXPECT_TRUE(pool->Submit([] {}).ok());
  EXPECT_TRUE(pool->Submit([] {}).ok());
  EXPECT_EQ(pool->Submit([] {}).code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(pool->SetQueueLimit(3).ok());
  EXPECT_TRUE(pool->Submit([] {}).ok());
  ASSERT_TRUE(pool->SetQueueLimit(1).ok());
  EXPECT_EQ(pool->Submit([] {}).code(), absl::StatusCode::kResourceExhausted);
  // What was queued stays, though the limit is below it now.
  EXPECT_EQ(pool->stats().queued, 3);
  EXPECT_EQ(pool->stats().refused, 2);
  running.Open();
}

TEST(WorkerPoolTest, TheMoreUrgentGoesFirstAndEqualsInOrder) {
  const auto pool = Make({.threads = 1});
  std::string order;
  Blocker running(*pool, 1);
  running.AwaitStarted(1);
  const auto submit = [&](char name, Priority priority) {
    ASSERT_TRUE(pool->Submit([&order, name] { order += name; }, {.priority = priority}).ok());
  };
  submit('l', Priority::kLow);
  submit('a', Priority::kNormal);
  submit('H', Priority::kHigh);
  submit('b', Priority::kNormal);
  submit('I', Priority::kHigh);
  const auto end = std::make_shared<Gate>();
  ASSERT_TRUE(pool->Submit([end] { end->Open(); }, {.priority = Priority::kLow}).ok());
  running.Open();
  end->Pass();
  EXPECT_EQ(order, "HIabl");
}

TEST(WorkerPoolTest, TheLeastUrgentIsNotPutOffForEver) {
  const auto pool = Make({.threads = 1});
  Blocker running(*pool, 1);
  running.AwaitStarted(1);
  int urgent_before = 0;
  bool low_ran = false;
  ASSERT_TRUE(pool->Submit([&] { low_ran = true; }, {.priority = Priority::kLow}).ok());
  const auto end = std::make_shared<Gate>();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pool->Submit(
                        [&, i, end] {
                          if (!low_ran) ++urgent_before;
                          if (i == 99) end->Open();
                        },
                        {.priority = Priority::kHigh})
                    .ok());
  }
  running.Open();
  end->Pass();
  EXPECT_TRUE(low_ran);
  EXPECT_LE(urgent_before, 16);
}

TEST(WorkerPoolTest, ATaskWhoseStopWasRequestedIsNotRun) {
  const auto pool = Make({.threads = 1});
  Blocker running(*pool, 1);
  running.AwaitStarted(1);
  std::stop_source stop;
  bool ran = false;
  ASSERT_TRUE(pool->Submit([&ran] { ran = true; }, {.stop = stop.get_token()}).ok());
  stop.request_stop();
  const auto end = std::make_shared<Gate>();
  ASSERT_TRUE(pool->Submit([end] { end->Open(); }).ok());
  running.Open();
  end->Pass();
  EXPECT_FALSE(ran);
  EXPECT_EQ(pool->stats().cancelled, 1);
}

TEST(WorkerPoolTest, ATaskThatIsLateIsNotRun) {
  ManualClock clock;
  const auto pool = Make({.threads = 1, .clock = &clock});
  Blocker running(*pool, 1);
  running.AwaitStarted(1);
  std::string ran;
  const auto submit = [&](char name, Duration in) {
    ASSERT_TRUE(pool->Submit([&ran, name] { ran += name; }, {.deadline = clock.Now() + in}).ok());
  };
  submit('a', std::chrono::seconds(1));
  submit('b', std::chrono::seconds(3));
  clock.Advance(std::chrono::seconds(2));
  const auto end = std::make_shared<Gate>();
  ASSERT_TRUE(pool->Submit([end] { end->Open(); }).ok());
  running.Open();
  end->Pass();
  EXPECT_EQ(ran, "b");
  EXPECT_EQ(pool->stats().expired, 1);
}

TEST(WorkerPoolTest, CancellingWhatIsQueuedTellsEachTask) {
  const auto pool = Make({.threads = 1});
  Blocker running(*pool, 1);
  running.AwaitStarted(1);
  int cancelled = 0;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(pool->SubmitFated([&](Fate fate) { cancelled += fate == Fate::kCancelled; }).ok());
  }
  EXPECT_EQ(pool->CancelQueued(), 5);
  EXPECT_EQ(cancelled, 5);
  EXPECT_EQ(pool->stats().queued, 0);
  running.Open();
}

TEST(WorkerPoolTest, ATaskThatThrowsIsToldOfAndTheOthersRun) {
  std::vector<std::string> told;
  std::atomic<int> runs = 0;
  {
    const auto pool =
        Make({.threads = 1, .on_throw = [&](std::string_view what) { told.emplace_back(what); }});
    ASSERT_TRUE(pool->Submit([] { throw std::runtime_error("no such row"); }).ok());
    ASSERT_TRUE(pool->Submit([] { throw 7; }).ok());
    ASSERT_TRUE(pool->Submit([&runs] { ++runs; }).ok());
    const auto end = std::make_shared<Gate>();
    ASSERT_TRUE(pool->Submit([end] { end->Open(); }).ok());
    end->Pass();
    EXPECT_EQ(pool->stats().threw, 2);
  }
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(told,
            (std::vector<std::string>{"no such row", "not an exception of the standard library"}));
}

TEST(WorkerPoolTest, GrowingTakesUpQueuedTasksAtOnce) {
  const auto pool = Make({.threads = 1});
  Blocker tasks(*pool, 3);
  tasks.AwaitStarted(1);
  ASSERT_TRUE(pool->Resize(3).ok());
  tasks.AwaitStarted(3);
  tasks.Open();
}

TEST(WorkerPoolTest, AfterShrinkingNoMoreThreadsWorkThanWanted) {
  std::atomic<int> working = 0;
  std::atomic<int> most = 0;
  {
    const auto pool = Make({.threads = 4});
    Blocker four(*pool, 4);
    four.AwaitStarted(4);
    ASSERT_TRUE(pool->Resize(2).ok());
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(pool->Submit([&] {
                        const int now = ++working;
                        for (int seen = most;
                             seen < now && !most.compare_exchange_weak(seen, now);) {
                        }
                        std::this_thread::yield();
                        --working;
                      })
                      .ok());
    }
    four.Open();
  }
  EXPECT_GE(most, 1);
  EXPECT_LE(most, 2);
}

TEST(WorkerPoolTest, SleepingThreadsThatAreTooManyEnd) {
  const auto pool = Make({.threads = 8});
  while (pool->stats().sleeping < 8) std::this_thread::yield();
  ASSERT_TRUE(pool->Resize(1).ok());
  while (pool->stats().sleeping != 1) std::this_thread::yield();
  const auto end = std::make_shared<Gate>();
  ASSERT_TRUE(pool->Submit([end] { end->Open(); }).ok());
  end->Pass();
}

TEST(WorkerPoolTest, ATaskMayResizeThePoolAndSubmit) {
  const auto pool = Make({.threads = 1});
  const auto end = std::make_shared<Gate>();
  ASSERT_TRUE(pool->Submit([&] {
                    EXPECT_TRUE(pool->Resize(3).ok());
                    EXPECT_TRUE(pool->Resize(1).ok());
                    EXPECT_TRUE(pool->Submit([end] { end->Open(); }).ok());
                  })
                  .ok());
  end->Pass();
}

TEST(WorkerPoolTest, ItsEndRunsWhatIsQueued) {
  std::atomic<int> runs = 0;
  {
    const auto pool = Make({.threads = 1});
    // More than a chunk of the queue.
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(pool->Submit([&runs] { ++runs; }).ok());
  }
  EXPECT_EQ(runs, 1000);
}

TEST(WorkerPoolTest, ExportsWhatItCounts) {
  const auto pool = Make({.threads = 2, .queue_limit = 9});
  const auto end = std::make_shared<Gate>();
  ASSERT_TRUE(pool->Submit([end] { end->Open(); }).ok());
  end->Pass();
  std::map<std::string_view, double> values;
  for (const Statistic& statistic : pool->Export()) values[statistic.name] = statistic.value;
  EXPECT_EQ(values.at("worker_pool_threads"), 2);
  EXPECT_EQ(values.at("worker_pool_queue_limit_tasks"), 9);
  EXPECT_EQ(values.at("worker_pool_accepted_total"), 1);
  EXPECT_EQ(values.at("worker_pool_started_total"), 1);
}

}  // namespace
}  // namespace trimtab::runtime
