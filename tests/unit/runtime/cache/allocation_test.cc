// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
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
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace trimtab::runtime {
namespace {

TEST(CacheAllocationTest, AHitAllocatesNothingWhateverThePolicy) {
  for (const CachePolicy policy : kCachePolicies) {
    const auto cache =
        Cache<int, std::string>::Create({.l1_entries = 64, .l2_entries = 192, .policy = policy})
            .value();
    const std::string filler(100, 'x');
    for (int key = 0; key < 256; ++key) ASSERT_TRUE(cache->Put(key, filler).ok());
    std::string value(100, ' ');
    int hits = 0;
    const std::int64_t before = allocations;
    for (int i = 0; i < 20'000; ++i) {
      // Some keys far more often than others, so that slots change their places.
      if (cache->Get(i % 7 == 0 ? i * 31 % 256 : i % 16, &value)) ++hits;
    }
    // Only the policy chooser takes in what the cache had and a shadow had not;
    // it holds as much as the cache here, so nothing.
    EXPECT_EQ(allocations - before, 0) << CachePolicyName(policy);
    EXPECT_GT(hits, 10'000) << CachePolicyName(policy);
  }
}

}  // namespace
}  // namespace trimtab::runtime
