// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/policy_chooser.h"

#include <gtest/gtest.h>

#include <functional>

#include "client/runtime/cache/cache.h"
#include "daemon/base/random.h"

namespace trimtab::runtime {
namespace {

using IntCache = Cache<std::uint64_t, int>;

std::unique_ptr<IntCache> Make(CachePolicy policy, std::int64_t entries) {
  return IntCache::Create({.l1_entries = entries, .l2_entries = 0, .policy = policy}).value();
}

// Asks for key(0) to key(requests - 1), puts in what is missing; the hit ratio.
double Ask(IntCache& cache, int requests, const std::function<std::uint64_t(int)>& key) {
  int hits = 0;
  for (int i = 0; i < requests; ++i) {
    if (cache.Get(key(i)).has_value()) {
      ++hits;
    } else {
      EXPECT_TRUE(cache.Put(key(i), i).ok());
    }
  }
  return static_cast<double>(hits) / requests;
}

// A loop over more keys than there is room for: hopeless for LRU.
std::uint64_t Loop(int i) { return static_cast<std::uint64_t>(i % 1500); }
// Each key twice, close together, and never again: hopeless for what waits for
// frequency.
std::uint64_t Passing(int i) {
  return 1'000'000 + static_cast<std::uint64_t>(i / 800 * 400 + i % 400);
}

TEST(PolicyChooserTest, LeavesLruForALoopAndComesBackWhenTrafficChanges) {
  const auto cache = Make(CachePolicy::kLru, 1000);
  EXPECT_EQ(Ask(*cache, 30'000, Loop), 0);
  ASSERT_TRUE(cache->SetPolicy(CachePolicy::kAuto).ok());
  EXPECT_EQ(cache->stats().policy, CachePolicy::kLru);
  Ask(*cache, 30'000, Loop);
  EXPECT_NE(cache->stats().policy, CachePolicy::kLru);
  EXPECT_GT(Ask(*cache, 30'000, Loop), 0.5);
  const auto lru = Make(CachePolicy::kLru, 1000);
  const double best = Ask(*lru, 200'000, Passing);
  Ask(*cache, 20'000, Passing);
  EXPECT_GT(Ask(*cache, 200'000, Passing), best - 0.03);
  EXPECT_EQ(cache->policy(), CachePolicy::kAuto);
  EXPECT_GE(cache->stats().policy_changes, 2);
}

TEST(PolicyChooserTest, SamplesALargeCache) {
  constexpr std::int64_t kEntries = 20'000;
  const cache::PolicyChooser chooser(CachePolicy::kLru, {kEntries, 0});
  Random random(5);
  int sampled = 0;
  for (int i = 0; i < 100'000; ++i) sampled += chooser.sample().Has(random.Next()) ? 1 : 0;
  EXPECT_GT(sampled, 100'000 / 256);
  EXPECT_LT(sampled, 100'000 / 64);
  // The hash of key 0, which is often popular.
  EXPECT_FALSE(chooser.sample().Has(0));
  // And follows what the sample shows.
  const auto loop = [](int i) { return static_cast<std::uint64_t>(i % 30'000); };
  const auto cache = Make(CachePolicy::kAuto, kEntries);
  ASSERT_TRUE(cache->SetPolicy(CachePolicy::kLru).ok());
  ASSERT_TRUE(cache->SetPolicy(CachePolicy::kAuto).ok());
  Ask(*cache, 300'000, loop);
  EXPECT_GT(Ask(*cache, 60'000, loop), 0.5);
}

TEST(PolicyChooserTest, GoesOnAfterAResize) {
  const auto cache = Make(CachePolicy::kAuto, 50);
  ASSERT_TRUE(cache->ResizeL1(1000).ok());
  Ask(*cache, 30'000, Loop);
  EXPECT_GT(Ask(*cache, 30'000, Loop), 0.5);
  ASSERT_TRUE(cache->ResizeL1(1100).ok());
  EXPECT_GT(Ask(*cache, 30'000, Loop), 0.5);
  cache->InvalidateAll();
  EXPECT_EQ(cache->stats().l1_held, 0);
}

}  // namespace
}  // namespace trimtab::runtime
