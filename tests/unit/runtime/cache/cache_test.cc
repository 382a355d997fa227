// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/manual_clock.h"

namespace trimtab::runtime {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using StringCache = Cache<int, std::string>;

std::unique_ptr<StringCache> Make(const CacheOptions& options) {
  return StringCache::Create(options).value();
}

// All that it holds, without counting as use.
std::map<int, std::string> Contents(StringCache& cache) {
  std::map<int, std::string> contents;
  cache.Sweep([&](int key, const std::string& value) {
    EXPECT_TRUE(contents.emplace(key, value).second) << key << " is there twice";
  });
  return contents;
}

// insertions == held + evictions + expirations + invalidations.
void ExpectBalanced(const StringCache& cache) {
  const CacheStats stats = cache.stats();
  EXPECT_EQ(stats.insertions, stats.l1_held + stats.l2_held + stats.evictions + stats.expirations +
                                  stats.invalidations);
}

class EveryPolicy : public testing::TestWithParam<CachePolicy> {};
INSTANTIATE_TEST_SUITE_P(CacheTest, EveryPolicy, testing::ValuesIn(kCachePolicies),
                         [](const auto& policy) {
                           return std::string(CachePolicyName(policy.param));
                         });

TEST_P(EveryPolicy, ReturnsWhatWasPutLast) {
  const auto cache = Make({.l1_entries = 3, .l2_entries = 4, .policy = GetParam()});
  EXPECT_EQ(cache->Get(1), std::nullopt);
  ASSERT_TRUE(cache->Put(1, "one").ok());
  ASSERT_TRUE(cache->Put(1, "uno").ok());
  EXPECT_EQ(cache->Get(1), "uno");
  std::string value;
  EXPECT_TRUE(cache->Get(1, &value));
  EXPECT_EQ(value, "uno");
  EXPECT_FALSE(cache->Get(2, &value));
  EXPECT_EQ(value, "uno");
  const CacheStats stats = cache->stats();
  EXPECT_EQ(stats.hits(), 2);
  EXPECT_EQ(stats.misses, 2);
  EXPECT_EQ(stats.insertions, 1);
  EXPECT_EQ(stats.updates, 1);
  EXPECT_DOUBLE_EQ(stats.hit_ratio(), 0.5);
}

TEST_P(EveryPolicy, HoldsNoMoreThanItsSizesAndLosesNoCount) {
  const auto cache = Make({.l1_entries = 3, .l2_entries = 4, .policy = GetParam()});
  for (int i = 0; i < 1000; ++i) {
    const int key = i * i % 23;
    if (const auto value = cache->Get(key)) {
      EXPECT_EQ(value, std::to_string(key));
    } else {
      ASSERT_TRUE(cache->Put(key, std::to_string(key)).ok());
    }
    const CacheStats stats = cache->stats();
    ASSERT_LE(stats.l1_held, 3);
    ASSERT_LE(stats.l2_held, 4);
  }
  for (const auto& [key, value] : Contents(*cache)) EXPECT_EQ(value, std::to_string(key));
  ExpectBalanced(*cache);
}

TEST_P(EveryPolicy, AnEntryIsGoneWhenItsTimeIsOver) {
  ManualClock clock;
  const auto cache =
      Make({.l1_entries = 2, .l2_entries = 2, .policy = GetParam(), .clock = &clock});
  ASSERT_TRUE(cache->Put(1, "short", seconds(1)).ok());
  ASSERT_TRUE(cache->Put(2, "long", seconds(10)).ok());
  ASSERT_TRUE(cache->Put(3, "for ever").ok());
  clock.Advance(seconds(1) - Duration(1));
  EXPECT_EQ(cache->Get(1), "short");
  clock.Advance(Duration(1));
  EXPECT_EQ(cache->Get(1), std::nullopt);
  clock.Advance(seconds(9));
  EXPECT_EQ(cache->Get(3), "for ever");
  EXPECT_THAT(Contents(*cache), ElementsAre(Pair(3, "for ever")));
  EXPECT_EQ(cache->stats().expirations, 2);
  ExpectBalanced(*cache);
}

TEST_P(EveryPolicy, WhatHasExpiredGoesBeforeTheRest) {
  ManualClock clock;
  const auto cache =
      Make({.l1_entries = 2, .l2_entries = 2, .policy = GetParam(), .clock = &clock});
  for (int key = 0; key < 4; ++key) {
    ASSERT_TRUE(cache->Put(key, "", key == 2 ? seconds(1) : seconds(100)).ok());
  }
  clock.Advance(seconds(2));
  ASSERT_TRUE(cache->Put(4, "").ok());
  EXPECT_EQ(Contents(*cache).size(), 4U);
  EXPECT_EQ(cache->stats().expirations, 1);
  EXPECT_EQ(cache->stats().evictions, 0);
}

TEST_P(EveryPolicy, PuttingAgainChangesTheTimeToLive) {
  ManualClock clock;
  const auto cache =
      Make({.l1_entries = 2, .l2_entries = 2, .policy = GetParam(), .clock = &clock});
  ASSERT_TRUE(cache->Put(1, "a", seconds(1)).ok());
  ASSERT_TRUE(cache->Put(1, "b", seconds(5)).ok());
  clock.Advance(seconds(2));
  EXPECT_EQ(cache->Get(1), "b");
  ASSERT_TRUE(cache->Put(1, "c", Duration::zero()).ok());
  clock.Advance(seconds(100));
  EXPECT_EQ(cache->Get(1), "c");
}

TEST_P(EveryPolicy, ForgetsWhatIsInvalidated) {
  const auto cache = Make({.l1_entries = 2, .l2_entries = 2, .policy = GetParam()});
  for (int key = 0; key < 4; ++key) ASSERT_TRUE(cache->Put(key, "").ok());
  const auto before = Contents(*cache);
  ASSERT_FALSE(before.empty());
  const int key = before.begin()->first;
  EXPECT_TRUE(cache->Invalidate(key));
  EXPECT_FALSE(cache->Invalidate(key));
  EXPECT_EQ(cache->Get(key), std::nullopt);
  EXPECT_EQ(Contents(*cache).size(), before.size() - 1);
  cache->InvalidateAll();
  EXPECT_THAT(Contents(*cache), IsEmpty());
  ASSERT_TRUE(cache->Put(9, "after").ok());
  EXPECT_EQ(cache->Get(9), "after");
  ExpectBalanced(*cache);
}

TEST(CacheTest, AHitInL2MovesUpAndL1sVictimDown) {
  const auto cache = Make({.l1_entries = 2, .l2_entries = 2});
  for (int key = 1; key <= 4; ++key) ASSERT_TRUE(cache->Put(key, "").ok());
  // L1 has 4 and 3, L2 has 2 and 1.
  ASSERT_TRUE(cache->Get(1).has_value());
  EXPECT_EQ(cache->stats().l2_hits, 1);
  // L1 has 1 and 4, L2 has 3 and 2.
  ASSERT_TRUE(cache->Get(1).has_value());
  ASSERT_TRUE(cache->Get(4).has_value());
  EXPECT_EQ(cache->stats().l1_hits, 2);
  ASSERT_TRUE(cache->Put(5, "").ok());
  EXPECT_FALSE(cache->Get(2).has_value());
  ASSERT_TRUE(cache->Get(3).has_value());
  EXPECT_EQ(cache->stats().l2_hits, 2);
  EXPECT_EQ(cache->stats().l1_held, 2);
  EXPECT_EQ(cache->stats().l2_held, 2);
}

TEST(CacheTest, TheDefaultTimeToLiveHoldsForWhatIsPutInFromThenOn) {
  ManualClock clock;
  const auto cache = Make({.default_ttl = seconds(1), .clock = &clock});
  ASSERT_TRUE(cache->Put(1, "").ok());
  ASSERT_TRUE(cache->SetDefaultTtl(seconds(10)).ok());
  ASSERT_TRUE(cache->Put(2, "").ok());
  clock.Advance(seconds(5));
  EXPECT_FALSE(cache->Get(1).has_value());
  EXPECT_TRUE(cache->Get(2).has_value());
}

TEST(CacheTest, TheLongestTimeToLiveDoesNotOverflow) {
  ManualClock clock;
  const auto cache = Make({.clock = &clock});
  ASSERT_TRUE(cache->Put(1, "kept", Duration::max()).ok());
  clock.Advance(std::chrono::hours(1000));
  EXPECT_EQ(cache->Get(1), "kept");
}

TEST(CacheTest, KeysWhoseHashesCollideAreKeptApart) {
  struct Same {
    std::size_t operator()(int) const { return 42; }
  };
  for (const CachePolicy policy : kCachePolicies) {
    const auto cache =
        Cache<int, int, Same>::Create({.l1_entries = 20, .l2_entries = 0, .policy = policy})
            .value();
    for (int key = 0; key < 20; ++key) ASSERT_TRUE(cache->Put(key, 10 * key).ok());
    for (int key = 0; key < 20; ++key) EXPECT_EQ(cache->Get(key), 10 * key);
    for (int key = 0; key < 20; key += 2) EXPECT_TRUE(cache->Invalidate(key));
    for (int key = 1; key < 20; key += 2) EXPECT_EQ(cache->Get(key), 10 * key);
  }
}

TEST(CacheTest, ShardsTogetherHaveTheSizesAskedFor) {
  const auto cache = Make({.l1_entries = 10, .l2_entries = 100, .shards = 7});
  EXPECT_EQ(cache->stats().l1_entries, 10);
  EXPECT_EQ(cache->stats().l2_entries, 100);
  for (int key = 0; key < 1000; ++key) ASSERT_TRUE(cache->Put(key, "").ok());
  EXPECT_EQ(Contents(*cache).size(), 110U);
  ExpectBalanced(*cache);
}

TEST(CacheTest, TellsAllThatIsWrongWithItsOptions) {
  const auto bad = StringCache::Create({.l1_entries = 0,
                                        .l2_entries = -1,
                                        .default_ttl = seconds(-1),
                                        .shards = 0,
                                        .load_threads = 0,
                                        .load_queue = -1});
  EXPECT_EQ(bad.status().code(), absl::StatusCode::kInvalidArgument);
  for (const char* part :
       {"l1_entries", "l2_entries", "live", "shards", "load_threads", "load_queue"}) {
    EXPECT_THAT(std::string(bad.status().message()), HasSubstr(part));
  }
  EXPECT_FALSE(StringCache::Create({.l1_entries = kMaxCacheEntries + 1}).ok());
  EXPECT_FALSE(StringCache::Create({.l1_entries = kMaxCacheEntries, .l2_entries = 1}).ok());
  EXPECT_FALSE(StringCache::Create({.l1_entries = 4, .shards = 5}).ok());
}

TEST(CacheTest, RefusesANegativeTimeToLiveAndKeepsWhatItHas) {
  const auto cache = Make({});
  ASSERT_TRUE(cache->Put(1, "one").ok());
  EXPECT_EQ(cache->Put(1, "two", seconds(-1)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(cache->SetDefaultTtl(seconds(-1)).ok());
  EXPECT_EQ(cache->Get(1), "one");
}

TEST(CacheTest, ExportsItsStatistics) {
  const auto cache = Make({.l1_entries = 5, .l2_entries = 6});
  ASSERT_TRUE(cache->Put(1, "").ok());
  cache->Get(1);
  std::map<std::string_view, double> values;
  for (const Statistic& statistic : Export(cache->stats())) {
    values[statistic.name] = statistic.value;
  }
  EXPECT_EQ(values.at("cache_l1_hits_total"), 1);
  EXPECT_EQ(values.at("cache_l1_held_entries"), 1);
  EXPECT_EQ(values.at("cache_l2_limit_entries"), 6);
  EXPECT_EQ(values.at("cache_hit_ratio"), 1);
}

TEST(CachePolicyTest, NamesAreReadBack) {
  for (const CachePolicy policy : kCachePolicies) {
    EXPECT_EQ(ParseCachePolicy(CachePolicyName(policy)).value(), policy);
  }
  const auto unknown = ParseCachePolicy("mru");
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("s3_fifo"));
}

}  // namespace
}  // namespace trimtab::runtime
