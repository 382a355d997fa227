// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

// Tasks that wait at a gate and know how many of them are waiting.
struct Blocker {
  explicit Blocker(WorkerPool& pool, int tasks) {
    for (int i = 0; i < tasks; ++i) {
      EXPECT_TRUE(pool.Submit([this] {
        started.fetch_add(1);
        started.notify_all();
        gate.Pass();
      }));
    }
  }
  void AwaitStarted(int count) const {
    for (int now = started; now < count; now = started) started.wait(now);
  }
  std::atomic<int> started = 0;
  Gate gate;
};

TEST(WorkerPoolTest, ResizedUnderLoadEveryTaskRunsOnce) {
  constexpr int kTasks = 20000;
  std::vector<std::atomic<int>> runs(4 * kTasks);
  {
    WorkerPool pool(2, 4 * kTasks);
    InParallel(4, [&](int thread) {
      for (int i = 0; i < kTasks; ++i) {
        ASSERT_TRUE(pool.Submit([&runs, task = thread * kTasks + i] { ++runs[task]; }));
        if (i % 100 == 0) {
          ASSERT_TRUE(pool.Resize(1 + (i / 100 + thread) % 8).ok());
        }
      }
    });
  }
  for (const auto& run : runs) ASSERT_EQ(run, 1);
}

TEST(WorkerPoolTest, AFullQueueRefuses) {
  WorkerPool pool(1, 2);
  Blocker running(pool, 1);
  running.AwaitStarted(1);
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_FALSE(pool.Submit([] {}));
  running.gate.Open();
}

TEST(WorkerPoolTest, GrowingTakesUpQueuedTasksAtOnce) {
  WorkerPool pool(1, 10);
  Blocker tasks(pool, 3);
  tasks.AwaitStarted(1);
  ASSERT_TRUE(pool.Resize(3).ok());
  tasks.AwaitStarted(3);
  tasks.gate.Open();
}

TEST(WorkerPoolTest, AfterShrinkingNoMoreThreadsWorkThanWanted) {
  std::atomic<int> working = 0;
  std::atomic<int> most = 0;
  {
    WorkerPool pool(4, 1000);
    Blocker four(pool, 4);
    four.AwaitStarted(4);
    ASSERT_TRUE(pool.Resize(2).ok());
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(pool.Submit([&] {
        const int now = ++working;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --working;
      }));
    }
    four.gate.Open();
  }
  EXPECT_GE(most, 1);
  EXPECT_LE(most, 2);
}

TEST(WorkerPoolTest, RefusesASizeThatMakesNoSense) {
  WorkerPool pool(1, 10);
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, WorkerPool::kMaxThreads + 1}) {
    EXPECT_EQ(pool.Resize(bad).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(WorkerPoolTest, ItsEndRunsWhatIsQueued) {
  int runs = 0;
  {
    WorkerPool pool(1, 100);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.Submit([&runs] { ++runs; }));
  }
  EXPECT_EQ(runs, 100);
}

}  // namespace
}  // namespace trimtab::runtime
