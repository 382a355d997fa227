// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "client/runtime/cache/cache_policy.h"
#include "client/runtime/statistic.h"

namespace trimtab::runtime {

// What a cache did since its start, and what it holds. Never behind itself:
// insertions == l1_held + l2_held + evictions + expirations + invalidations.
struct CacheStats {
  std::int64_t l1_hits = 0;
  std::int64_t l2_hits = 0;
  std::int64_t misses = 0;
  // New entries.
  std::int64_t insertions = 0;
  // Entries whose value was replaced.
  std::int64_t updates = 0;
  // Entries given up for want of room,
  std::int64_t evictions = 0;
  // because their time was over,
  std::int64_t expirations = 0;
  // because a caller said so.
  std::int64_t invalidations = 0;
  // Loads begun, ended without a value, and callers that shared another's load.
  std::int64_t loads = 0;
  std::int64_t load_failures = 0;
  std::int64_t shared_loads = 0;
  // Changes of the policy in force, by callers and by kAuto.
  std::int64_t policy_changes = 0;
  std::int64_t l1_held = 0;
  std::int64_t l2_held = 0;
  std::int64_t l1_entries = 0;
  std::int64_t l2_entries = 0;
  // In force; never kAuto. Of several shards, that of the first.
  CachePolicy policy = CachePolicy::kLru;

  // Adds the counts of another shard; the policy stays.
  void Add(const CacheStats& other);

  std::int64_t hits() const { return l1_hits + l2_hits; }
  // Share of the requests that were hits; 0 without any.
  double hit_ratio() const;
};

// For a metrics exporter.
std::vector<Statistic> Export(const CacheStats& stats);

}  // namespace trimtab::runtime
