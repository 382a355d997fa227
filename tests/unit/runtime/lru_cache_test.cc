// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/lru_cache.h"

#include <gtest/gtest.h>

#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

TEST(LruCacheTest, ForgetsWhatWasUsedLeastRecently) {
  LruCache cache(2);
  cache.Put(1, "one");
  cache.Put(2, "two");
  EXPECT_EQ(cache.Get(1), "one");
  cache.Put(3, "three");
  EXPECT_EQ(cache.Get(2), std::nullopt);
  EXPECT_EQ(cache.Get(1), "one");
  EXPECT_EQ(cache.Get(3), "three");
}

TEST(LruCacheTest, AValuePutAgainIsReplacedAndCountsOnce) {
  LruCache cache(2);
  cache.Put(1, "one");
  cache.Put(2, "two");
  cache.Put(1, "uno");
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.Keys(), (std::vector<std::uint64_t>{1, 2}));
  cache.Put(3, "three");
  EXPECT_EQ(cache.Get(1), "uno");
  EXPECT_EQ(cache.Get(2), std::nullopt);
}

TEST(LruCacheTest, ShrinkingDropsTheOldestAtOnceAndGrowingKeepsAll) {
  LruCache cache(4);
  for (int key = 0; key < 4; ++key) cache.Put(key, "x");
  ASSERT_TRUE(cache.Resize(2).ok());
  EXPECT_EQ(cache.size(), 2u);
  ASSERT_TRUE(cache.Resize(100).ok());
  EXPECT_EQ(cache.Get(1), std::nullopt);
  EXPECT_TRUE(cache.Get(2));
  EXPECT_TRUE(cache.Get(3));
}

TEST(LruCacheTest, RefusesToHoldNothing) {
  LruCache cache(1);
  cache.Put(1, "one");
  for (const std::int64_t bad : {0, -1}) EXPECT_FALSE(cache.Resize(bad).ok());
  EXPECT_EQ(cache.Get(1), "one");
}

TEST(LruCacheTest, ResizedUnderLoadItGivesNoWrongValueAndKeepsItsLimit) {
  constexpr std::int64_t kMost = 64;
  LruCache cache(kMost);
  InParallel(4, [&](int thread) {
    for (int i = 0; i < 100000; ++i) {
      const auto key = static_cast<std::uint64_t>(i * (thread + 3) % 200);
      if (const auto value = cache.Get(key)) {
        EXPECT_EQ(*value, std::to_string(key));
      }
      cache.Put(key, std::to_string(key));
      if (i % 50 == 0) {
        EXPECT_TRUE(cache.Resize(1 + i % kMost).ok());
      }
      EXPECT_LE(cache.size(), static_cast<std::size_t>(kMost));
    }
  });
  ASSERT_TRUE(cache.Resize(7).ok());
  EXPECT_EQ(cache.size(), 7u);
}

}  // namespace
}  // namespace trimtab::runtime
