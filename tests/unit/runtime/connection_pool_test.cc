// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/connection_pool.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>

#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::chrono::steady_clock::time_point Far() {
  return std::chrono::steady_clock::now() + std::chrono::hours(1);
}
// Nothing is waited for.
constexpr std::chrono::steady_clock::time_point kNow{};

int OpenNull() { return open("/dev/null", O_RDONLY); }
bool IsOpen(int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; }

TEST(ConnectionPoolTest, LendsAsManyAsAreFreeAndNotOneTwice) {
  ConnectionPool pool(3, OpenNull);
  const std::vector<int> two = pool.Take(2, kNow);
  const std::vector<int> rest = pool.Take(5, kNow);
  std::set<int> all(two.begin(), two.end());
  all.insert(rest.begin(), rest.end());
  EXPECT_THAT(two, SizeIs(2));
  EXPECT_THAT(rest, SizeIs(1));
  EXPECT_THAT(all, SizeIs(3));
  EXPECT_THAT(pool.Take(1, kNow), IsEmpty());
  for (const int connection : all) pool.Give(connection, true);
}

TEST(ConnectionPoolTest, WhoWaitsGetsWhatIsGivenBack) {
  ConnectionPool pool(1, OpenNull);
  const int connection = pool.Take(1, kNow).at(0);
  auto waiting = std::async(std::launch::async, [&] { return pool.Take(1, Far()); });
  pool.Give(connection, true);
  EXPECT_THAT(waiting.get(), testing::ElementsAre(connection));
  pool.Give(connection, true);
}

TEST(ConnectionPoolTest, WhoWaitsGetsTheReplacementOfABrokenOne) {
  std::atomic<int> opened = 0;
  ConnectionPool pool(1, [&] {
    ++opened;
    return OpenNull();
  });
  const int broken = pool.Take(1, kNow).at(0);
  Gate asking;
  auto waiting = std::async(std::launch::async, [&] {
    asking.Open();
    return pool.Take(1, Far());
  });
  asking.Pass();
  pool.Give(broken, false);
  const std::vector<int> fresh = waiting.get();
  ASSERT_THAT(fresh, SizeIs(1));
  EXPECT_EQ(opened, 2);
  pool.Give(fresh[0], true);
}

TEST(ConnectionPoolTest, ShrinkingClosesIdleOnesAtOnceAndLentOnesWhenTheyComeBack) {
  ConnectionPool pool(3, OpenNull);
  const std::vector<int> lent = pool.Take(2, kNow);
  ASSERT_TRUE(pool.Resize(1).ok());
  EXPECT_THAT(pool.Take(1, kNow), IsEmpty());
  EXPECT_TRUE(IsOpen(lent[0]));
  EXPECT_TRUE(IsOpen(lent[1]));
  pool.Give(lent[0], true);
  EXPECT_FALSE(IsOpen(lent[0]));
  pool.Give(lent[1], true);
  EXPECT_TRUE(IsOpen(lent[1]));
}

TEST(ConnectionPoolTest, OneThatIsBeingOpenedWhileThePoolShrinksIsNotKept) {
  Gate opening;
  Gate go;
  std::atomic<int> opened = 0;
  ConnectionPool pool(1, [&] {
    if (++opened == 2) {
      opening.Open();
      go.Pass();
    }
    return OpenNull();
  });
  const int lent = pool.Take(1, kNow).at(0);
  auto growing = std::async(std::launch::async, [&] { return pool.Resize(2); });
  opening.Pass();
  ASSERT_TRUE(pool.Resize(1).ok());
  go.Open();
  ASSERT_TRUE(growing.get().ok());
  EXPECT_THAT(pool.Take(1, kNow), IsEmpty());
  pool.Give(lent, true);
}

TEST(ConnectionPoolTest, WithoutABackendItGivesNothingAndTriesAgainLater) {
  std::atomic<bool> up = false;
  ConnectionPool pool(2, [&] { return up ? OpenNull() : -1; });
  EXPECT_THAT(pool.Take(1, kNow), IsEmpty());
  up = true;
  const std::vector<int> taken = pool.Take(2, kNow);
  EXPECT_THAT(taken, SizeIs(2));
  for (const int connection : taken) pool.Give(connection, true);
}

TEST(ConnectionPoolTest, RefusesASizeThatMakesNoSense) {
  ConnectionPool pool(2, OpenNull);
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, ConnectionPool::kMaxSize + 1}) {
    EXPECT_EQ(pool.Resize(bad).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(pool.size(), 2);
}

TEST(ConnectionPoolTest, ResizedUnderLoadNoConnectionIsLentTwiceAndNoneIsLost) {
  std::atomic<int> next = 1'000'000;
  // Numbers that are no descriptors: closing them does nothing.
  ConnectionPool pool(4, [&] { return next.fetch_add(1); });
  Mutex mutex;
  std::set<int> lent;
  InParallel(4, [&](int thread) {
    for (int i = 0; i < 20000; ++i) {
      const std::vector<int> taken = pool.Take(2, Far());
      ASSERT_FALSE(taken.empty());
      {
        const MutexLock lock(mutex);
        for (const int connection : taken) ASSERT_TRUE(lent.insert(connection).second);
      }
      if (i % 20 == 0) {
        ASSERT_TRUE(pool.Resize(1 + (i / 20 + thread) % 8).ok());
      }
      for (const int connection : taken) {
        {
          const MutexLock lock(mutex);
          lent.erase(connection);
        }
        pool.Give(connection, i % 7 != 0);
      }
    }
  });
  ASSERT_TRUE(pool.Resize(5).ok());
  const std::vector<int> all = pool.Take(100, kNow);
  EXPECT_THAT(all, SizeIs(5));
}

}  // namespace
}  // namespace trimtab::runtime
