// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "client/runtime/cache/cache.h"
#include "daemon/base/random.h"
#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

// A value that tells whether it is whole and belongs to its key.
struct Checked {
  std::uint64_t key = 0;
  std::uint64_t version = 0;
  std::uint64_t sum = 0;

  static Checked Of(std::uint64_t key, std::uint64_t version) {
    return {key, version, key * 31 + version};
  }
  bool Belongs(std::uint64_t to) const { return key == to && sum == key * 31 + version; }
};

// A million requests from three threads while a fourth changes sizes and policy,
// sweeps and invalidates: every value is whole and its key's own, no entry is
// there twice, each one put in is held or counted as gone.
TEST(CacheStressTest, AMillionRequestsUnderChangesOfSizesAndPolicy) {
  constexpr int kThreads = 3;
  constexpr int kRequests = 1'000'000 / kThreads + 1;
  constexpr std::uint64_t kKeys = 3000;
  constexpr std::int64_t kLeastChanges = 30;
  // Stands still at the end, so that what is counted doesn't expire meanwhile.
  ManualClock clock;
  const auto cache = Cache<std::uint64_t, Checked>::Create({.l1_entries = 200,
                                                            .l2_entries = 800,
                                                            .policy = CachePolicy::kAuto,
                                                            .shards = 2,
                                                            .clock = &clock})
                         .value();
  std::atomic<int> running{kThreads};
  std::atomic<std::int64_t> wrong{0};
  std::atomic<std::int64_t> changes{0};
  const Cache<std::uint64_t, Checked>::Loader loader =
      [](std::uint64_t key, const std::stop_token&) -> absl::StatusOr<Checked> {
    return Checked::Of(key, 0);
  };
  InParallel(kThreads + 1, [&](int thread) {
    Random random(static_cast<std::uint64_t>(thread) + 1);
    if (thread < kThreads) {
      // However seldom the fourth thread runs, it has made its changes meanwhile.
      for (int i = 0; i < kRequests || changes < kLeastChanges; ++i) {
        // Some keys far more often than others.
        const double skewed = random.Uniform() * random.Uniform() * random.Uniform();
        const auto key = static_cast<std::uint64_t>(skewed * kKeys);
        if (i % 3 == 0) {
          if (!cache->GetOrLoad(key, loader)->Belongs(key)) ++wrong;
        } else if (const auto value = cache->Get(key)) {
          if (!value->Belongs(key)) ++wrong;
        } else {
          const Duration ttl = i % 5 == 0 ? std::chrono::microseconds(200) : Duration::zero();
          EXPECT_TRUE(cache->Put(key, Checked::Of(key, random.Next()), ttl).ok());
        }
      }
      --running;
      return;
    }
    while (running > 0) {
      ++changes;
      clock.Advance(std::chrono::microseconds(20));
      const std::uint64_t what = random.Next() % 8;
      if (what < 3) {
        const std::uint64_t l2 = random.Next() % 4 == 0 ? 0 : 2 + random.Next() % 1500;
        EXPECT_TRUE(cache
                        ->Resize(static_cast<std::int64_t>(2 + random.Next() % 500),
                                 static_cast<std::int64_t>(l2))
                        .ok());
      } else if (what < 6) {
        EXPECT_TRUE(cache->SetPolicy(kCachePolicies[random.Next() % kCachePolicies.size()]).ok());
      } else if (what == 6) {
        cache->Sweep([&](std::uint64_t key, const Checked& value) {
          if (!value.Belongs(key)) ++wrong;
        });
      } else {
        cache->Invalidate(random.Next() % kKeys);
      }
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(wrong, 0);
  std::set<std::uint64_t> held;
  std::int64_t visited = 0;
  cache->Sweep([&](std::uint64_t key, const Checked& value) {
    ++visited;
    held.insert(key);
    if (!value.Belongs(key)) ++wrong;
  });
  const CacheStats stats = cache->stats();
  EXPECT_EQ(visited, static_cast<std::int64_t>(held.size()));
  EXPECT_EQ(visited, stats.l1_held + stats.l2_held);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(stats.insertions, stats.l1_held + stats.l2_held + stats.evictions + stats.expirations +
                                  stats.invalidations);
  EXPECT_GE(stats.hits() + stats.misses, kThreads * kRequests);
}

}  // namespace
}  // namespace trimtab::runtime
