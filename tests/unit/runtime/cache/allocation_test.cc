// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>
#include <string>

#include "client/runtime/cache/cache.h"

namespace {

// Allocations of this whole program.
std::atomic<std::int64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
// Under a sanitizer it would be another's, and what it gave be freed here.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace trimtab::runtime {
namespace {

constexpr int kEntries = 256;
using StringCache = Cache<int, std::string>;

void Fill(StringCache& cache, Duration ttl) {
  for (int key = 0; key < kEntries; ++key) {
    ASSERT_TRUE(cache.Put(key, std::string(100, 'x'), ttl).ok());
  }
}

// Some keys far more often than others, so that slots change their places.
int Hits(StringCache& cache) {
  static std::string value(100, ' ');
  int hits = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (cache.Get(i % 7 == 0 ? i * 31 % kEntries : i % 16, &value)) ++hits;
  }
  return hits;
}

TEST(CacheAllocationTest, AHitAllocatesNothingWhateverThePolicy) {
  for (const Duration ttl : {Duration::zero(), Duration(std::chrono::hours(1))}) {
    for (const CachePolicy policy : kCachePolicies) {
      const auto cache =
          StringCache::Create({.l1_entries = 64, .l2_entries = 192, .policy = policy}).value();
      Fill(*cache, ttl);
      Hits(*cache);
      const std::int64_t before = allocations;
      EXPECT_GT(Hits(*cache), 10'000) << CachePolicyName(policy);
      EXPECT_EQ(allocations - before, 0) << CachePolicyName(policy);
    }
  }
}

TEST(CacheAllocationTest, NorDoesAHitAfterALiveChangeOfPolicyOrSizes) {
  for (const Duration ttl : {Duration::zero(), Duration(std::chrono::hours(1))}) {
    for (const CachePolicy from : kCachePolicies) {
      for (const CachePolicy to : kCachePolicies) {
        const auto cache =
            StringCache::Create({.l1_entries = 16, .l2_entries = 240, .policy = from}).value();
        Fill(*cache, ttl);
        ASSERT_TRUE(cache->Resize(128, 300).ok());
        ASSERT_TRUE(cache->SetPolicy(to).ok());
        const std::int64_t before = allocations;
        EXPECT_GT(Hits(*cache), 10'000);
        EXPECT_EQ(allocations - before, 0)
            << CachePolicyName(from) << " to " << CachePolicyName(to) << ", ttl " << ttl.count();
      }
    }
  }
}

}  // namespace
}  // namespace trimtab::runtime
