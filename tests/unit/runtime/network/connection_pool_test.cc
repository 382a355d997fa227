// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/connection_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"
#include "tests/unit/runtime/network/fake_connections.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Pool = ConnectionPool<FakePoolable>;

class ConnectionPoolTest : public ::testing::Test {
 protected:
  // Limits are off unless a test is about them.
  ConnectionPoolOptions Options(std::int64_t size) {
    return {.size = size,
            .idle_limit = {},
            .lifetime_limit = {},
            .check_every = 1h,
            .max_opening = 2,
            .clock = &clock_};
  }
  Pool::Open Opens() {
    return [this](MonotonicTime) { return std::make_unique<FakePoolable>(tally_); };
  }
  MonotonicTime Soon() { return clock_.Now() + 1s; }
  // Time passes until it is so.
  template <typename Condition>
  void Until(const Condition& condition) {
    while (!condition()) std::this_thread::yield();
  }

  ManualClock clock_;
  Tally tally_;
};

TEST_F(ConnectionPoolTest, KeepsAHundredUnlessToldOtherwise) {
  EXPECT_EQ(ConnectionPoolOptions().size, 100);
}

TEST_F(ConnectionPoolTest, OpensOnlyWhatIsWaitedForAndLendsItAgain) {
  const auto pool = Pool::Create(Options(10), Opens()).value();
  for (int i = 0; i < 5; ++i) EXPECT_EQ((*pool->Take(Soon()))->number, 1);
  EXPECT_EQ(tally_.opened, 1);
  EXPECT_EQ(pool->stats().leases, 5);
}

TEST_F(ConnectionPoolTest, KeepsItselfFullWhereWanted) {
  ConnectionPoolOptions options = Options(7);
  options.keep_full = true;
  const auto pool = Pool::Create(options, Opens()).value();
  Until([&] { return pool->stats().idle == 7; });
  ASSERT_TRUE(pool->Resize(9).ok());
  Until([&] { return pool->stats().idle == 9; });
}

TEST_F(ConnectionPoolTest, SaysWhyNoneWasFreeInTime) {
  const auto pool = Pool::Create(Options(1), Opens()).value();
  const auto held = pool->Take(Soon());
  auto late = std::async(std::launch::async, [&] { return pool->Take(Soon()).status(); });
  Until([&] { return pool->stats().waiting == 1; });
  clock_.Advance(1s);
  const absl::Status status = late.get();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("of 1 1 are lent"));
  EXPECT_EQ(pool->stats().timeouts, 1);
  EXPECT_EQ(pool->stats().waiting, 0);
}

TEST_F(ConnectionPoolTest, RefusesAtOnceWhereTooManyWaitAlready) {
  ConnectionPoolOptions options = Options(1);
  options.max_waiting = 2;
  const auto pool = Pool::Create(options, Opens()).value();
  auto held = pool->Take(Soon());
  std::vector<std::future<absl::Status>> waiting;
  for (std::int64_t i = 1; i <= 2; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] { return pool->Take(Soon()).status(); }));
    Until([&] { return pool->stats().waiting == i; });
  }
  EXPECT_EQ(pool->Take(Soon()).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(pool->stats().refused, 1);
  // Those who wait lose nothing by it.
  held->Discard();
  for (auto& status : waiting) EXPECT_TRUE(status.get().ok());
  EXPECT_TRUE(pool->Take(Soon()).ok());
  options.max_waiting = -1;
  EXPECT_EQ(Validate(options).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ConnectionPoolTest, ServesThoseWhoWaitInTheOrderOfComing) {
  const auto pool = Pool::Create(Options(1), Opens()).value();
  std::optional<Lease<FakePoolable>> held = *pool->Take(Soon());
  std::vector<int> order;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto lease = pool->Take(Soon());
      order.push_back(i);
    });
    Until([&] { return pool->stats().waiting == i + 1; });
  }
  held.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
}

TEST_F(ConnectionPoolTest, LendsSeveralAtOnceAsFarAsTheyAreFree) {
  ConnectionPoolOptions options = Options(3);
  options.keep_full = true;
  const auto pool = Pool::Create(options, Opens()).value();
  Until([&] { return pool->stats().idle == 3; });
  const auto two = pool->TakeUpTo(2, Soon());
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->size(), 2U);
  const auto rest = pool->TakeUpTo(16, Soon());
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->size(), 1U);
}

TEST_F(ConnectionPoolTest, ShrinkingClosesIdleOnesNowAndLentOnesWhenTheyComeBack) {
  const auto pool = Pool::Create(Options(3), Opens()).value();
  {
    auto first = *pool->Take(Soon());
    auto second = *pool->Take(Soon());
    { const auto third = *pool->Take(Soon()); }
    EXPECT_EQ(tally_.open, 3);
    ASSERT_TRUE(pool->Resize(1).ok());
    EXPECT_EQ(tally_.open, 2);
    EXPECT_EQ(pool->stats().lent, 2);
  }
  EXPECT_EQ(tally_.open, 1);
  EXPECT_EQ(pool->stats().closed_shrink, 2);
}

TEST_F(ConnectionPoolTest, GrowingServesThoseWhoWait) {
  const auto pool = Pool::Create(Options(1), Opens()).value();
  const auto held = pool->Take(Soon());
  auto waits = std::async(std::launch::async, [&] { return pool->Take(Soon()).ok(); });
  Until([&] { return pool->stats().waiting == 1; });
  ASSERT_TRUE(pool->Resize(2).ok());
  EXPECT_TRUE(waits.get());
}

TEST_F(ConnectionPoolTest, RefusesSizesOutOfRangeAndKeepsItsOwn) {
  const auto pool = Pool::Create(Options(5), Opens()).value();
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{10001}}) {
    EXPECT_EQ(pool->Resize(size).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(pool->size(), 5);
}

TEST_F(ConnectionPoolTest, NamesTheOptionThatIsWrong) {
  EXPECT_TRUE(Validate(ConnectionPoolOptions()).ok());
  for (const std::int64_t size : {0, -1, 10001}) {
    EXPECT_EQ(Pool::Create(Options(size), Opens()).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(Pool::Create({}, {}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Validate({.idle_limit = Duration::max()}).ok());
  EXPECT_FALSE(Validate({.open_timeout = Duration::max()}).ok());
  EXPECT_FALSE(Validate({.idle_limit = -1s}).ok());
  EXPECT_FALSE(Validate({.open_timeout = 0s}).ok());
  EXPECT_THAT(std::string(Validate({.max_opening = 65}).message()), HasSubstr("max_opening is 65"));
}

TEST_F(ConnectionPoolTest, ClosesWhatWasIdleTooLong) {
  ConnectionPoolOptions options = Options(2);
  options.idle_limit = 10s;
  const auto pool = Pool::Create(options, Opens()).value();
  { const auto lease = pool->Take(Soon()); }
  clock_.Advance(9s);
  { const auto lease = pool->Take(Soon()); }
  clock_.Advance(9s);
  EXPECT_EQ(tally_.open, 1);
  clock_.Advance(1s);
  Until([&] { return tally_.open == 0; });
  EXPECT_EQ(pool->stats().closed_idle, 1);
}

TEST_F(ConnectionPoolTest, ClosesWhatIsTooOldButNotWhileItIsLent) {
  ConnectionPoolOptions options = Options(2);
  options.lifetime_limit = 10s;
  const auto pool = Pool::Create(options, Opens()).value();
  {
    const auto lease = pool->Take(Soon());
    clock_.Advance(11s);
    EXPECT_EQ(tally_.open, 1);
  }
  EXPECT_EQ(tally_.open, 0);
  EXPECT_EQ(pool->stats().closed_lifetime, 1);
  EXPECT_EQ((*pool->Take(Soon()))->number, 2);
}

TEST_F(ConnectionPoolTest, ReplacesWhatBrokeWhileItWasIdle) {
  ConnectionPoolOptions options = Options(2);
  options.check_every = {};
  const auto pool = Pool::Create(options, Opens()).value();
  { const auto lease = pool->Take(Soon()); }
  tally_.healthy = false;
  // The replacement is new, and so isn't asked.
  EXPECT_EQ((*pool->Take(Soon()))->number, 2);
  EXPECT_GE(pool->stats().closed_unhealthy, 1);
}

TEST_F(ConnectionPoolTest, FindsBrokenIdleOnesByItself) {
  ConnectionPoolOptions options = Options(2);
  options.check_every = 1s;
  const auto pool = Pool::Create(options, Opens()).value();
  { const auto lease = pool->Take(Soon()); }
  tally_.healthy = false;
  Until([&] {
    clock_.Advance(1s);
    return tally_.open == 0;
  });
}

TEST_F(ConnectionPoolTest, ClosesWhatIsDiscarded) {
  const auto pool = Pool::Create(Options(2), Opens()).value();
  auto lease = *pool->Take(Soon());
  lease.Discard();
  EXPECT_EQ(tally_.open, 0);
  EXPECT_EQ(pool->stats().lent, 0);
}

TEST_F(ConnectionPoolTest, ABackendThatRefusesIsToldAtOnceAndTriedAgain) {
  std::atomic<bool> up{false};
  const auto pool =
      Pool::Create(Options(2), [&](MonotonicTime) -> absl::StatusOr<std::unique_ptr<FakePoolable>> {
        if (!up) return absl::UnavailableError("nobody listens");
        return std::make_unique<FakePoolable>(tally_);
      }).value();
  // Nobody advances the clock: no deadline passes.
  const absl::Status status = pool->Take(Soon()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nobody listens"));
  up = true;
  clock_.Advance(10ms);
  EXPECT_TRUE(pool->Take(Soon()).ok());
}

TEST_F(ConnectionPoolTest, OneThatWasOpenedEndsTheWaitAfterAFailure) {
  std::atomic<int> calls{0};
  Gate gate;
  const auto pool =
      Pool::Create(Options(3), [&](MonotonicTime) -> absl::StatusOr<std::unique_ptr<FakePoolable>> {
        const int call = ++calls;
        if (call == 1) gate.Pass();
        if (call == 2) return absl::UnavailableError("busy");
        return std::make_unique<FakePoolable>(tally_);
      }).value();
  std::vector<std::future<absl::Status>> takers;
  std::vector<Lease<FakePoolable>> kept(2);
  for (int i = 0; i < 2; ++i) {
    takers.push_back(std::async(std::launch::async, [&, i] {
      auto lease = pool->Take(Soon());
      if (lease.ok()) kept[i] = *std::move(lease);
      return lease.status();
    }));
    Until([&] { return calls == i + 1; });
  }
  Until([&] { return pool->stats().open_failures == 1; });
  // The other taker's connection is opened though the clock stands still.
  gate.Open();
  for (auto& taker : takers) EXPECT_TRUE(taker.get().ok());
  kept.clear();
}

TEST_F(ConnectionPoolTest, AnOpenThatThrowsOrGivesNothingIsAnError) {
  std::atomic<int> calls{0};
  const auto pool =
      Pool::Create(Options(1), [&](MonotonicTime) -> absl::StatusOr<std::unique_ptr<FakePoolable>> {
        if (++calls == 1) throw std::runtime_error("out of luck");
        return std::unique_ptr<FakePoolable>();
      }).value();
  EXPECT_THAT(std::string(pool->Take(Soon()).status().message()), HasSubstr("out of luck"));
  clock_.Advance(10ms);
  EXPECT_THAT(std::string(pool->Take(Soon()).status().message()), HasSubstr("no connection"));
}

TEST_F(ConnectionPoolTest, ABackendThatHangsHoldsUpNobodyPastTheDeadline) {
  Gate gate;
  {
    const auto pool = Pool::Create(Options(2), [&](MonotonicTime) {
                        gate.Pass();
                        return std::make_unique<FakePoolable>(tally_);
                      }).value();
    auto late = std::async(std::launch::async, [&] { return pool->Take(Soon()).status(); });
    Until([&] { return pool->stats().opening == 1; });
    clock_.Advance(1s);
    const absl::Status status = late.get();
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_THAT(std::string(status.message()), HasSubstr("1 being opened"));
    // What comes of it in the end isn't lost.
    gate.Open();
    Until([&] { return pool->stats().idle == 1; });
  }
  EXPECT_EQ(tally_.open, 0);
}

TEST_F(ConnectionPoolTest, NeverOpensMoreThanItsSize) {
  const auto pool = Pool::Create(Options(3), Opens()).value();
  InParallel(8, [&](int) {
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(pool->Take(Soon()).ok());
  });
  EXPECT_LE(tally_.most_open, 3);
}

TEST_F(ConnectionPoolTest, ExportsWhatItCounts) {
  const auto pool = Pool::Create(Options(3), Opens()).value();
  const auto lease = pool->Take(Soon());
  for (const Statistic& statistic : Export(pool->stats())) {
    if (statistic.name == "connection_pool_lent") {
      EXPECT_EQ(statistic.value, 1);
      return;
    }
  }
  FAIL() << "connection_pool_lent isn't exported";
}

}  // namespace
}  // namespace trimtab::runtime
