// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <list>
#include <set>

#include "client/runtime/cache/cache.h"

namespace trimtab::runtime {
namespace {

using IntCache = Cache<int, int>;

std::unique_ptr<IntCache> Make(const CacheOptions& options) {
  return IntCache::Create(options).value();
}

std::set<int> Keys(IntCache& cache) {
  std::set<int> keys;
  cache.Sweep([&](int key, int value) {
    EXPECT_EQ(value, 10 * key);
    EXPECT_TRUE(keys.insert(key).second);
  });
  return keys;
}

void Fill(IntCache& cache, int entries) {
  for (int key = 0; key < entries; ++key) ASSERT_TRUE(cache.Put(key, 10 * key).ok());
}

class EveryPolicyResized : public testing::TestWithParam<CachePolicy> {};
INSTANTIATE_TEST_SUITE_P(CacheResizeTest, EveryPolicyResized, testing::ValuesIn(kCachePolicies),
                         [](const auto& policy) {
                           return std::string(CachePolicyName(policy.param));
                         });

TEST_P(EveryPolicyResized, GrowingKeepsAllAndShrinkingKeepsWhatFits) {
  const auto cache = Make({.l1_entries = 100, .l2_entries = 200, .policy = GetParam()});
  Fill(*cache, 300);
  const std::set<int> before = Keys(*cache);
  ASSERT_EQ(before.size(), 300U);
  ASSERT_TRUE(cache->Resize(1000, 2000).ok());
  EXPECT_EQ(Keys(*cache), before);
  ASSERT_TRUE(cache->Resize(10, 20).ok());
  const std::set<int> after = Keys(*cache);
  EXPECT_EQ(after.size(), 30U);
  EXPECT_TRUE(std::includes(before.begin(), before.end(), after.begin(), after.end()));
  // All that are left are found.
  for (const int key : after) EXPECT_EQ(cache->Get(key), 10 * key);
  const CacheStats stats = cache->stats();
  EXPECT_EQ(stats.insertions, stats.l1_held + stats.l2_held + stats.evictions);
}

TEST_P(EveryPolicyResized, AShiftBetweenTheTiersLosesNothing) {
  const auto cache = Make({.l1_entries = 100, .l2_entries = 200, .policy = GetParam()});
  Fill(*cache, 300);
  const std::set<int> before = Keys(*cache);
  ASSERT_TRUE(cache->Resize(250, 50).ok());
  EXPECT_EQ(Keys(*cache), before);
  ASSERT_TRUE(cache->Resize(50, 250).ok());
  EXPECT_EQ(Keys(*cache), before);
  ASSERT_TRUE(cache->Resize(300, 0).ok());
  EXPECT_EQ(Keys(*cache), before);
  ASSERT_TRUE(cache->Resize(1, 299).ok());
  EXPECT_EQ(Keys(*cache), before);
}

TEST_P(EveryPolicyResized, AChangeOfPolicyLosesNothing) {
  for (const CachePolicy next : kCachePolicies) {
    const auto cache = Make({.l1_entries = 100, .l2_entries = 200, .policy = GetParam()});
    Fill(*cache, 300);
    const std::set<int> before = Keys(*cache);
    ASSERT_TRUE(cache->SetPolicy(next).ok());
    EXPECT_EQ(cache->policy(), next);
    EXPECT_EQ(Keys(*cache), before);
    for (const int key : before) EXPECT_EQ(cache->Get(key), 10 * key);
  }
}

TEST_P(EveryPolicyResized, ShrinkingAGreatDealKeepsTheRestReachable) {
  const auto cache = Make({.l1_entries = 5000, .l2_entries = 0, .policy = GetParam()});
  Fill(*cache, 5000);
  ASSERT_TRUE(cache->ResizeL1(100).ok());
  const std::set<int> after = Keys(*cache);
  EXPECT_EQ(after.size(), 100U);
  for (const int key : after) EXPECT_EQ(cache->Get(key), 10 * key);
  ASSERT_TRUE(cache->ResizeL1(200).ok());
  for (int key = 10'000; key < 10'100; ++key) ASSERT_TRUE(cache->Put(key, 10 * key).ok());
  EXPECT_EQ(Keys(*cache).size(), 200U);
}

TEST(CacheResizeTest, RefusesBadSizesAndKeepsTheOldOnes) {
  const auto cache = Make({.l1_entries = 10, .l2_entries = 20, .shards = 2});
  Fill(*cache, 10);
  const std::set<int> before = Keys(*cache);
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1},
                                 kMaxCacheEntries + 1, kMaxCacheEntries}) {
    EXPECT_EQ(cache->ResizeL1(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_EQ(cache->ResizeL2(-1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(cache->stats().l1_entries, 10);
  EXPECT_EQ(cache->stats().l2_entries, 20);
  EXPECT_EQ(Keys(*cache), before);
}

// The reference: an LRU that is a list of keys, the most recent first.
class ModelLru {
 public:
  explicit ModelLru(std::size_t capacity) : capacity_(capacity) {}
  bool Use(int key) {
    const auto found = std::find(keys_.begin(), keys_.end(), key);
    if (found == keys_.end()) return false;
    keys_.splice(keys_.begin(), keys_, found);
    return true;
  }
  void Put(int key) {
    if (!Use(key)) keys_.push_front(key);
    Trim();
  }
  bool Remove(int key) { return keys_.remove(key) > 0; }
  void Resize(std::size_t capacity) {
    capacity_ = capacity;
    Trim();
  }
  std::set<int> keys() const { return {keys_.begin(), keys_.end()}; }

 private:
  void Trim() {
    while (keys_.size() > capacity_) keys_.pop_back();
  }
  std::size_t capacity_;
  std::list<int> keys_;
};

// Through every change of sizes, two tiers of LRU hold exactly what one list
// does.
RC_GTEST_PROP(CacheResizePropertyTest, TwoTiersOfLruAreTheModel, ()) {
  auto l1 = *rc::gen::inRange(1, 10);
  auto l2 = *rc::gen::inRange(0, 10);
  const auto cache = Make({.l1_entries = l1, .l2_entries = l2});
  ModelLru model(static_cast<std::size_t>(l1 + l2));
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 20), rc::gen::inRange(0, 30)));
  for (const auto& [action, key] : steps) {
    if (action == 0) {
      l1 = 1 + key % 9;
      l2 = key / 3;
      RC_ASSERT(cache->Resize(l1, l2).ok());
      model.Resize(static_cast<std::size_t>(l1 + l2));
    } else if (action == 1) {
      RC_ASSERT(cache->Invalidate(key) == model.Remove(key));
    } else if (action < 10) {
      RC_ASSERT(cache->Get(key).has_value() == model.Use(key));
    } else {
      RC_ASSERT(cache->Put(key, 10 * key).ok());
      model.Put(key);
    }
    RC_ASSERT(Keys(*cache) == model.keys());
  }
}

// Whatever the policy, and through changes of it: an entry is as it was put in,
// none is there twice, and none is gone without being counted.
RC_GTEST_PROP(CacheResizePropertyTest, NothingIsLostOrDuplicated, ()) {
  const auto cache = Make({.l1_entries = 5, .l2_entries = 7, .shards = 2});
  std::set<int> ever;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 20), rc::gen::inRange(0, 40)));
  for (const auto& [action, key] : steps) {
    const CacheStats before = cache->stats();
    const std::set<int> held = Keys(*cache);
    if (action == 0) {
      RC_ASSERT(cache->Resize(2 + key % 9, key % 2 == 0 ? 0 : 2 + key / 3).ok());
    } else if (action < 3) {
      RC_ASSERT(
          cache->SetPolicy(kCachePolicies[static_cast<std::size_t>(key) % kCachePolicies.size()])
              .ok());
      RC_ASSERT(Keys(*cache) == held);
    } else if (action == 3) {
      RC_ASSERT(cache->Invalidate(key) == held.contains(key));
    } else if (action < 12) {
      RC_ASSERT(cache->Get(key).has_value() == held.contains(key));
    } else {
      RC_ASSERT(cache->Put(key, 10 * key).ok());
      ever.insert(key);
    }
    const CacheStats stats = cache->stats();
    const std::set<int> now = Keys(*cache);
    RC_ASSERT(static_cast<std::int64_t>(now.size()) == stats.l1_held + stats.l2_held);
    RC_ASSERT(stats.l1_held <= stats.l1_entries);
    RC_ASSERT(stats.l2_held <= stats.l2_entries);
    RC_ASSERT(stats.insertions == stats.l1_held + stats.l2_held + stats.evictions +
                                      stats.expirations + stats.invalidations);
    RC_ASSERT(std::includes(ever.begin(), ever.end(), now.begin(), now.end()));
    // Entries go only where room was wanting or a caller said so.
    if (stats.evictions == before.evictions && stats.invalidations == before.invalidations) {
      RC_ASSERT(std::includes(now.begin(), now.end(), held.begin(), held.end()));
    }
  }
}

}  // namespace
}  // namespace trimtab::runtime
