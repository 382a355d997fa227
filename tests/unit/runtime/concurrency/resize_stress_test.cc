// SPDX-License-Identifier: Apache-2.0
// Everything is resized under load, and nothing is lost or done twice. A million of
// each where that takes seconds; else TRIMTAB_STRESS_REQUESTS says how many.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "client/runtime/concurrency/adaptive_limit.h"
#include "client/runtime/concurrency/async.h"
#include "client/runtime/concurrency/map.h"
#include "client/runtime/concurrency/pipeline_builder.h"
#include "client/runtime/concurrency/resizable_semaphore.h"
#include "client/runtime/concurrency/worker_pool.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

TEST(ResizeStressTest, AMillionTasksEachMeetTheirFateOnce) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 250'000;
  std::vector<std::atomic<std::uint8_t>> fates(kThreads * kTasks);
  std::atomic<std::int64_t> ran{0}, cancelled{0}, expired{0};
  // What those who cancelled were told.
  std::int64_t told_cancelled = 0;
  WorkerPool::Stats stats;
  {
    const auto pool = WorkerPool::Create({.threads = 2, .queue_limit = 1000}).value();
    std::atomic<int> producing{kThreads};
    InParallel(kThreads + 1, [&](int thread) {
      if (thread == kThreads) {
        for (int i = 0; producing > 0; ++i) {
          ASSERT_TRUE(pool->Resize(1 + i * 7 % 6).ok());
          ASSERT_TRUE(pool->SetQueueLimit(1 + i * 31 % 3000).ok());
          if (i % 50 == 0) told_cancelled += pool->CancelQueued();
          std::this_thread::yield();
        }
        return;
      }
      for (int i = 0; i < kTasks; ++i) {
        const auto task = [&, id = thread * kTasks + i](Fate fate) {
          ++fates[id];
          ++(fate == Fate::kRun ? ran : fate == Fate::kCancelled ? cancelled : expired);
        };
        const TaskOptions options{.priority = static_cast<Priority>(i % 3)};
        while (!pool->SubmitFated(task, options).ok()) std::this_thread::yield();
      }
      --producing;
    });
    stats = pool->stats();
  }
  std::int64_t wrong = 0;
  for (const auto& fate : fates) wrong += fate != 1;
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(stats.accepted, kThreads * kTasks);
  EXPECT_EQ(cancelled, told_cancelled);
  EXPECT_EQ(expired, 0);
  EXPECT_EQ(ran, kThreads * kTasks - told_cancelled);
}

TEST(ResizeStressTest, FuturesAreAllAnsweredWhetherCancelledOrNot) {
  constexpr int kTasks = 50'000;
  const auto pool = WorkerPool::Create({.threads = 2, .queue_limit = 100}).value();
  std::atomic<int> ran = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> refused = 0;
  InParallel(3, [&](int thread) {
    for (int i = 0; i < kTasks; ++i) {
      auto future = Async(*pool, [&ran] { ++ran; });
      if (i % 3 == 0) future.Cancel();
      if (thread == 0 && i % 100 == 0) {
        ASSERT_TRUE(pool->Resize(1 + i / 100 % 5).ok());
      }
      const absl::Status status = future.Get();
      cancelled += absl::IsCancelled(status);
      refused += absl::IsResourceExhausted(status);
    }
  });
  EXPECT_EQ(ran + cancelled + refused, 3 * kTasks);
}

TEST(ResizeStressTest, ItemsGoThroughAPipelineOnceInOrder) {
  const char* const text = std::getenv("TRIMTAB_STRESS_REQUESTS");
  const int items = text != nullptr ? std::atoi(text) : 100'000;
  auto pipeline = PipelineBuilder<int>({.max_inside = 200})
                      .Stage("one", {.width = 2, .capacity = 4}, [](int i) { return i; })
                      .Stage("two", {.width = 3, .capacity = 4}, [](int i) { return i; })
                      .Start()
                      .value();
  std::atomic<bool> popping{true};
  int expected = 0;
  InParallel(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < items; ++i) ASSERT_TRUE(pipeline->Push(i).ok());
      pipeline->Close();
    } else if (thread == 1) {
      for (int i = 0; popping; ++i) {
        ASSERT_TRUE(pipeline->Resize(i % 2 == 0 ? "one" : "two", 1 + i % 5).ok());
        ASSERT_TRUE(pipeline->SetCapacity(i % 3 == 0 ? "one" : "two", 1 + i % 17).ok());
        std::this_thread::yield();
      }
    } else {
      for (auto next = pipeline->Pop(); next.value().has_value(); next = pipeline->Pop()) {
        ASSERT_EQ(**next, expected);
        ++expected;
      }
      popping = false;
    }
  });
  EXPECT_EQ(expected, items);
}

TEST(ResizeStressTest, AMillionPermitsAreEachGivenOnceAndComeBack) {
  constexpr int kThreads = 4;
  constexpr int kPermits = 250'000;
  constexpr int kMostAtOnce = 3;
  const auto semaphore = ResizableSemaphore::Create({.limit = 1}).value();
  std::atomic<int> acquiring{kThreads};
  std::atomic<int> inside{0};
  std::atomic<int> most_inside{0};
  InParallel(kThreads + 1, [&](int thread) {
    if (thread == kThreads) {
      for (int i = 0; acquiring > 0; ++i) {
        ASSERT_TRUE(semaphore->Resize(1 + i % kMostAtOnce).ok());
        std::this_thread::yield();
      }
      return;
    }
    for (int i = 0; i < kPermits; ++i) {
      const auto permit = semaphore->Acquire();
      ASSERT_TRUE(permit.ok());
      const int now = ++inside;
      for (int most = most_inside; most < now && !most_inside.compare_exchange_weak(most, now);) {
      }
      // So that others come to wait.
      if (i % 16 == 0) std::this_thread::yield();
      --inside;
    }
    --acquiring;
  });
  EXPECT_LE(most_inside, kMostAtOnce);
  const ResizableSemaphore::Stats stats = semaphore->stats();
  EXPECT_EQ(stats.granted, kThreads * kPermits);
  EXPECT_EQ(stats.held, 0);
  EXPECT_EQ(stats.waiting, 0);
}

TEST(ResizeStressTest, AMillionRequestsAreEachLetThroughAnAdaptiveLimitOnce) {
  constexpr int kThreads = 4;
  constexpr int kRequests = 250'000;
  const GradientOptions gradient = {.max_limit = 50,
                                    .initial_limit = 5,
                                    .window = std::chrono::microseconds(10),
                                    .probe_every = std::chrono::milliseconds(1)};
  const auto limit = AdaptiveLimit::Create({.gradient = gradient}).value();
  std::atomic<int> asking{kThreads};
  InParallel(kThreads + 1, [&](int thread) {
    if (thread == kThreads) {
      for (int i = 0; asking > 0; ++i) {
        GradientOptions options = gradient;
        options.max_limit = 5 + i % 50;
        ASSERT_TRUE(limit->SetOptions(options).ok());
        if (i % 3 == 0) ASSERT_TRUE(limit->SetFixed(1 + i % 7).ok());
        if (i % 3 == 1) limit->SetAdaptive(i % 2 == 0);
        std::this_thread::yield();
      }
      return;
    }
    for (int i = 0; i < kRequests; ++i) {
      auto ticket = limit->Begin();
      ASSERT_TRUE(ticket.ok());
      if (i % 16 == 0) std::this_thread::yield();
      ticket->Finish(static_cast<AdaptiveLimit::End>(i % 3));
    }
    --asking;
  });
  EXPECT_EQ(limit->stats().permits.granted, kThreads * kRequests);
  EXPECT_EQ(limit->stats().permits.held, 0);
  EXPECT_EQ(limit->stats().permits.waiting, 0);
}

TEST(ResizeStressTest, AMapIsWholeWhileThePoolIsResized) {
  const auto pool = WorkerPool::Create({.threads = 2, .queue_limit = 20}).value();
  std::vector<int> inputs(20'000);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<int>(i);
  std::atomic<bool> mapping{true};
  InParallel(2, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; mapping; ++i) {
        ASSERT_TRUE(pool->Resize(1 + i % 6).ok());
        std::this_thread::yield();
      }
      return;
    }
    const auto results =
        MapInOrder(*pool, std::span<const int>(inputs), [](int i) { return 2 * i; });
    for (std::size_t i = 0; i < inputs.size(); ++i) ASSERT_EQ(results[i].value(), 2 * inputs[i]);
    mapping = false;
  });
}

// What is done to a pool between two stretches of tasks.
struct Step {
  enum class Kind { kSubmit, kThrow, kStop, kResize, kLimit, kCancel } kind;
  int amount;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << static_cast<int>(step.kind) << ':' << step.amount;
}

rc::Gen<Step> AnyStep() {
  return rc::gen::construct<Step>(
      rc::gen::element(Step::Kind::kSubmit, Step::Kind::kThrow, Step::Kind::kStop,
                       Step::Kind::kResize, Step::Kind::kLimit, Step::Kind::kCancel),
      rc::gen::inRange(-2, 400));
}

RC_GTEST_PROP(ResizeProperty, WhateverIsDoneEveryAcceptedTaskMeetsItsFateOnce, ()) {
  const auto steps = *rc::gen::container<std::vector<Step>>(AnyStep());
  std::vector<std::atomic<int>> fates(400 * steps.size() + 1);
  std::vector<bool> accepted(fates.size());
  std::stop_source stop;
  stop.request_stop();
  {
    const auto pool = WorkerPool::Create({.threads = 1, .queue_limit = 300}).value();
    std::size_t next = 0;
    const auto submit = [&](const auto& task, const TaskOptions& options) {
      accepted[next] = pool->SubmitFated(task, options).ok();
      ++next;
    };
    for (const Step& step : steps) {
      switch (step.kind) {
        case Step::Kind::kSubmit:
        case Step::Kind::kStop:
          for (int i = 0; i < step.amount; ++i) {
            submit([fate = &fates[next]](Fate) { ++*fate; },
                   {.priority = static_cast<Priority>(i % 3),
                    .stop = step.kind == Step::Kind::kStop ? stop.get_token() : std::stop_token()});
          }
          break;
        case Step::Kind::kThrow:
          submit(
              [fate = &fates[next]](Fate) {
                ++*fate;
                throw 7;
              },
              {});
          break;
        case Step::Kind::kResize:
          RC_ASSERT(pool->Resize(step.amount % 9).ok() == (step.amount % 9 >= 1));
          break;
        case Step::Kind::kLimit:
          RC_ASSERT(pool->SetQueueLimit(step.amount).ok() == (step.amount >= 1));
          break;
        case Step::Kind::kCancel:
          pool->CancelQueued();
          break;
      }
    }
  }
  for (std::size_t i = 0; i < fates.size(); ++i) RC_ASSERT(fates[i] == (accepted[i] ? 1 : 0));
}

}  // namespace
}  // namespace trimtab::runtime
