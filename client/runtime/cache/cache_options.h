// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <cstdint>

#include "client/runtime/cache/cache_policy.h"
#include "daemon/base/clock.h"

namespace trimtab::runtime {

// Entries of both tiers together, at most.
inline constexpr std::int64_t kMaxCacheEntries = 100'000'000;
inline constexpr int kMaxCacheShards = 1024;
inline constexpr int kMaxLoadThreads = 256;

struct CacheOptions {
  // From 1. A new entry comes into L1.
  std::int64_t l1_entries = 1000;
  // From 0, which is a cache of one tier. Holds what L1 gave up.
  std::int64_t l2_entries = 10000;
  CachePolicy policy = CachePolicy::kLru;
  // How long an entry lives that is put in without a time of its own. Zero: for
  // ever.
  Duration default_ttl = Duration::zero();
  // Parts with a lock of their own, from 1 and at most `l1_entries`; a key
  // belongs to one of them. One keeps to the policy exactly. More let more
  // threads in at once, and each gives up the worst of its own entries.
  int shards = 1;
  // Loads that run at once on threads of the cache: those with a deadline, and
  // warming up. From 1. The threads start when they are needed.
  int load_threads = 8;
  // Loads that wait for such a thread; more are refused. From 0.
  int load_queue = 1024;
  // Null for the machine's own. Must outlive the cache.
  Clock* clock = nullptr;
};

// INVALID_ARGUMENT with all that is wrong.
absl::Status CheckCacheOptions(const CacheOptions& options);
// INVALID_ARGUMENT if a cache of so many shards can't have such sizes.
absl::Status CheckCacheSizes(std::int64_t l1_entries, std::int64_t l2_entries, int shards);
// INVALID_ARGUMENT if it is negative.
absl::Status CheckTtl(Duration ttl);

}  // namespace trimtab::runtime
