// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "client/runtime/cache/cache.h"
#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

using testing::HasSubstr;
using IntCache = Cache<int, int>;

std::unique_ptr<IntCache> Make(const CacheOptions& options) {
  return IntCache::Create(options).value();
}

absl::StatusOr<int> Tenfold(int key, const std::stop_token&) { return 10 * key; }

// Waits until the token says so: a loader that hangs, but for the end.
absl::StatusOr<int> Hang(int, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, stop, [] { return false; });
  return absl::CancelledError("stopped");
}

// Waits until `condition` holds.
template <typename Condition>
void Await(const Condition& condition) {
  while (!condition()) std::this_thread::yield();
}

TEST(CacheLoadTest, LoadsWhatIsMissingOnce) {
  const auto cache = Make({});
  int loads = 0;
  const auto loader = [&](int key, const std::stop_token& stop) {
    ++loads;
    return Tenfold(key, stop);
  };
  EXPECT_EQ(cache->GetOrLoad(4, loader).value(), 40);
  EXPECT_EQ(cache->GetOrLoad(4, loader).value(), 40);
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(cache->Get(4), 40);
}

TEST(CacheLoadTest, ThoseWhoAskAtTheSameTimeShareOneLoad) {
  constexpr int kThreads = 8;
  const auto cache = Make({});
  Gate gate;
  std::atomic<int> loads{0};
  const auto loader = [&](int key, const std::stop_token& stop) {
    ++loads;
    gate.Pass();
    return Tenfold(key, stop);
  };
  InParallel(kThreads + 1, [&](int thread) {
    if (thread < kThreads) {
      EXPECT_EQ(cache->GetOrLoad(7, loader).value(), 70);
      return;
    }
    Await([&] { return cache->stats().shared_loads == kThreads - 1; });
    gate.Open();
  });
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(cache->stats().loads, 1);
}

TEST(CacheLoadTest, AnErrorGoesToAllWhoWaitAndIsNotKept) {
  const auto cache = Make({});
  bool fails = true;
  const auto loader = [&](int key, const std::stop_token& stop) -> absl::StatusOr<int> {
    if (fails) return absl::NotFoundError("no such row");
    return Tenfold(key, stop);
  };
  EXPECT_EQ(cache->GetOrLoad(1, loader).status(), absl::NotFoundError("no such row"));
  fails = false;
  EXPECT_EQ(cache->GetOrLoad(1, loader).value(), 10);
  EXPECT_EQ(cache->stats().load_failures, 1);
}

TEST(CacheLoadTest, ALoaderThatThrowsIsAnErrorAndLosesNothing) {
  ManualClock clock;
  const auto cache = Make({.clock = &clock});
  ASSERT_TRUE(cache->Put(2, 20).ok());
  const IntCache::Loader loader = [](int key, const std::stop_token&) -> absl::StatusOr<int> {
    if (key == 1) throw std::runtime_error("socket closed");
    throw 5;
  };
  const absl::Status status = cache->GetOrLoad(1, loader).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("socket closed"));
  // On a thread of the cache, too.
  const LoadOptions with_deadline = {.deadline = clock.Now() + std::chrono::hours(1)};
  EXPECT_EQ(cache->GetOrLoad(3, loader, with_deadline).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(cache->Get(2), 20);
  EXPECT_EQ(cache->GetOrLoad(1, Tenfold).value(), 10);
}

TEST(CacheLoadTest, ALoaderThatHangsCostsItsDeadlineOnly) {
  ManualClock clock;
  const auto cache = Make({.load_threads = 2, .clock = &clock});
  ASSERT_TRUE(cache->Put(2, 20).ok());
  InParallel(2, [&](int thread) {
    if (thread == 0) {
      const LoadOptions options = {.deadline = clock.Now() + std::chrono::seconds(1)};
      EXPECT_EQ(cache->GetOrLoad(1, Hang, options).status().code(),
                absl::StatusCode::kDeadlineExceeded);
      return;
    }
    Await([&] { return cache->stats().loads == 1; });
    EXPECT_EQ(cache->Get(2), 20);
    clock.Advance(std::chrono::seconds(2));
  });
  // The key isn't stuck with the load that hung.
  EXPECT_EQ(cache->GetOrLoad(1, Tenfold, {.deadline = clock.Now() + std::chrono::hours(1)}).value(),
            10);
}

TEST(CacheLoadTest, WhatComesAfterTheDeadlineIsKept) {
  ManualClock clock;
  const auto cache = Make({.clock = &clock});
  Gate gate;
  std::atomic<bool> begun{false};
  const auto loader = [&](int key, const std::stop_token& stop) {
    begun = true;
    gate.Pass();
    return Tenfold(key, stop);
  };
  InParallel(2, [&](int thread) {
    if (thread == 0) {
      const LoadOptions options = {.deadline = clock.Now() + std::chrono::seconds(1)};
      EXPECT_EQ(cache->GetOrLoad(1, loader, options).status().code(),
                absl::StatusCode::kDeadlineExceeded);
      return;
    }
    Await([&] { return begun.load(); });
    clock.Advance(std::chrono::seconds(1));
  });
  gate.Open();
  Await([&] { return cache->stats().insertions == 1; });
  EXPECT_EQ(cache->Get(1), 10);
}

TEST(CacheLoadTest, RefusesALoadWhenTooManyWait) {
  ManualClock clock;
  const auto cache = Make({.load_threads = 1, .load_queue = 0, .clock = &clock});
  std::atomic<bool> running{false};
  const auto hang = [&](int key, const std::stop_token& stop) {
    running = true;
    return Hang(key, stop);
  };
  InParallel(2, [&](int thread) {
    const LoadOptions options = {.deadline = clock.Now() + std::chrono::seconds(1)};
    if (thread == 0) {
      EXPECT_EQ(cache->GetOrLoad(1, hang, options).status().code(),
                absl::StatusCode::kDeadlineExceeded);
      return;
    }
    Await([&] { return running.load(); });
    EXPECT_EQ(cache->GetOrLoad(2, Tenfold, options).status().code(),
              absl::StatusCode::kResourceExhausted);
    clock.Advance(std::chrono::seconds(2));
  });
}

TEST(CacheLoadTest, AValueInvalidatedWhileItIsLoadedIsNotKept) {
  const auto cache = Make({});
  const auto stale = [&](int key, const std::stop_token& stop) {
    EXPECT_FALSE(cache->Invalidate(key));
    return Tenfold(key, stop);
  };
  EXPECT_EQ(cache->GetOrLoad(1, stale).value(), 10);
  EXPECT_EQ(cache->Get(1), std::nullopt);
  const auto all = [&](int key, const std::stop_token& stop) {
    cache->InvalidateAll();
    return Tenfold(key, stop);
  };
  EXPECT_EQ(cache->GetOrLoad(1, all).value(), 10);
  EXPECT_EQ(cache->Get(1), std::nullopt);
}

TEST(CacheLoadTest, AValuePutWhileAnOlderOneIsLoadedStays) {
  const auto cache = Make({});
  const auto loader = [&](int key, const std::stop_token& stop) {
    EXPECT_TRUE(cache->Put(key, 99).ok());
    return Tenfold(key, stop);
  };
  EXPECT_EQ(cache->GetOrLoad(1, loader).value(), 10);
  EXPECT_EQ(cache->Get(1), 99);
}

TEST(CacheLoadTest, ALoadedValueHasItsTimeToLive) {
  ManualClock clock;
  const auto cache = Make({.clock = &clock});
  EXPECT_EQ(cache->GetOrLoad(1, Tenfold, {.ttl = std::chrono::seconds(1)}).value(), 10);
  clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(cache->Get(1), std::nullopt);
  EXPECT_FALSE(cache->GetOrLoad(1, Tenfold, {.ttl = std::chrono::seconds(-1)}).ok());
  EXPECT_FALSE(cache->GetOrLoad(1, nullptr).ok());
}

TEST(CacheLoadTest, WarmsUpWithNoMoreLoadsAtOnceThanAskedFor) {
  const auto cache = Make({.l1_entries = 10, .l2_entries = 90});
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  const auto loader = [&](int key, const std::stop_token& stop) -> absl::StatusOr<int> {
    const int running = ++now;
    for (int seen = most; seen < running && !most.compare_exchange_weak(seen, running);) continue;
    std::this_thread::yield();
    --now;
    if (key == 13) return absl::DataLossError("torn page");
    if (key == 14) throw std::runtime_error("broken");
    return Tenfold(key, stop);
  };
  ASSERT_TRUE(cache->Put(5, 55).ok());
  std::vector<int> keys(150);
  std::iota(keys.begin(), keys.end(), 0);
  const WarmUpResult result = cache->WarmUp(keys, loader, {.concurrency = 3}).value();
  EXPECT_EQ(result.warm, 98);
  EXPECT_EQ(result.failed, 2);
  EXPECT_FALSE(result.first_error.ok());
  EXPECT_EQ(result.skipped, 50);
  EXPECT_EQ(result.loading, 0);
  EXPECT_LE(most, 3);
  EXPECT_EQ(cache->Get(5), 55);
  for (const int key : {0, 99}) EXPECT_EQ(cache->Get(key), 10 * key);
}

TEST(CacheLoadTest, AWarmUpThatHangsEndsAtItsDeadline) {
  ManualClock clock;
  const auto cache = Make({.clock = &clock});
  std::atomic<int> hung{0};
  const auto loader = [&](int key, const std::stop_token& stop) {
    if (key < 2) return Tenfold(key, stop);
    ++hung;
    return Hang(key, stop);
  };
  InParallel(2, [&](int thread) {
    if (thread == 1) {
      Await([&] { return hung == 2; });
      clock.Advance(std::chrono::seconds(2));
      return;
    }
    const auto result =
        cache->WarmUp({0, 1, 2, 3, 4}, loader,
                      {.concurrency = 2, .deadline = clock.Now() + std::chrono::seconds(1)});
    EXPECT_EQ(result->warm, 2);
    EXPECT_EQ(result->skipped, 3);
  });
  EXPECT_EQ(cache->Get(1), 10);
}

TEST(CacheLoadTest, TheEndOfAWarmUpStopsNoLoadThatOthersWaitFor) {
  ManualClock clock;
  const auto cache = Make({.clock = &clock});
  Gate gate;
  std::atomic<int> running{0};
  std::atomic<bool> alone_stopped{false};
  // Key 1 is waited for by another; key 2 by nobody.
  const auto loader = [&](int key, const std::stop_token& stop) -> absl::StatusOr<int> {
    ++running;
    if (key == 2) {
      absl::StatusOr<int> stopped = Hang(key, stop);
      alone_stopped = true;
      return stopped;
    }
    gate.Pass();
    if (stop.stop_requested()) return absl::CancelledError("stopped");
    return Tenfold(key, stop);
  };
  std::optional<WarmUpResult> result;
  std::thread warming([&] {
    result = cache
                 ->WarmUp({1, 2}, loader,
                          {.concurrency = 2, .deadline = clock.Now() + std::chrono::seconds(1)})
                 .value();
  });
  Await([&] { return running == 2; });
  std::thread joining([&] { EXPECT_EQ(cache->GetOrLoad(1, loader).value(), 10); });
  Await([&] { return cache->stats().shared_loads == 1; });
  clock.Advance(std::chrono::seconds(1));
  warming.join();
  EXPECT_EQ(result->skipped, 2);
  Await([&] { return alone_stopped.load(); });
  gate.Open();
  joining.join();
  EXPECT_EQ(running, 2);
  EXPECT_EQ(cache->Get(1), 10);
}

TEST(CacheLoadTest, AWarmUpLeavesAloneWhatSomebodyElseLoads) {
  const auto cache = Make({});
  const auto outer = [&](int key, const std::stop_token& stop) {
    const WarmUpResult result = cache->WarmUp({key, 2}, Tenfold).value();
    EXPECT_EQ(result.loading, 1);
    EXPECT_EQ(result.warm, 1);
    return Tenfold(key, stop);
  };
  EXPECT_EQ(cache->GetOrLoad(1, outer).value(), 10);
}

TEST(CacheLoadTest, RefusesABadWarmUp) {
  const auto cache = Make({.load_threads = 4});
  for (const int bad : {0, -1, 5}) {
    EXPECT_EQ(cache->WarmUp({1}, Tenfold, {.concurrency = bad}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(cache->WarmUp({1}, nullptr).ok());
  EXPECT_EQ(cache->WarmUp({}, Tenfold).value().warm, 0);
}

}  // namespace
}  // namespace trimtab::runtime
