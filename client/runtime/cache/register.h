// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/host.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "client/runtime/cache/cache.h"
#include "client/runtime/parameter_range.h"

namespace trimtab::runtime {

// What a tuner may do to a cache, and how its parameters are named. The name
// "cache_size" has a field of its own in the protocol.
struct CacheParameters {
  std::string l1_name = "cache_size";
  std::string l2_name = "cache_l2_size";
  std::string policy_name = "cache_policy";
  // The ranges begin at the number of shards at least, for each needs an entry,
  // and grow to hold what is in force.
  std::int64_t min_l1_entries = 1;
  std::int64_t max_l1_entries = 1'000'000;
  // The size of L2 is a parameter of a cache that has one.
  std::int64_t min_l2_entries = 1;
  std::int64_t max_l2_entries = 10'000'000;
  // Whether the policy is a parameter.
  bool policy = true;
};

// Makes the sizes and the policy of `cache` parameters of `host`, which begin
// with what is in force. Before host.Start(); `cache` must outlive `host`.
template <typename Key, typename Value, typename Hash>
void RegisterParameters(host::TunableHost& host, Cache<Key, Value, Hash>& cache,
                        const CacheParameters& parameters = {}) {
  const CacheStats stats = cache.stats();
  host.AddInt(parameters.l1_name,
              Ranged({std::max<std::int64_t>(parameters.min_l1_entries, cache.shards()),
                      parameters.max_l1_entries},
                     stats.l1_entries, "entries", "entries that the cache holds in its first tier"),
              [&cache](std::int64_t entries) { return cache.ResizeL1(entries); });
  if (stats.l2_entries > 0) {
    host.AddInt(
        parameters.l2_name,
        Ranged({std::max<std::int64_t>(parameters.min_l2_entries, cache.shards()),
                parameters.max_l2_entries},
               stats.l2_entries, "entries", "entries that the cache holds in its second tier"),
        [&cache](std::int64_t entries) { return cache.ResizeL2(entries); });
  }
  if (!parameters.policy) return;
  host::CategoryParameter policy;
  for (const CachePolicy known : kCachePolicies) {
    policy.categories.emplace_back(CachePolicyName(known));
  }
  policy.initial = std::string(CachePolicyName(cache.policy()));
  policy.description = "which entry a full cache gives up";
  host.AddCategory(parameters.policy_name, policy, [&cache](const std::string& name) {
    const absl::StatusOr<CachePolicy> wanted = ParseCachePolicy(name);
    return wanted.ok() ? cache.SetPolicy(*wanted) : wanted.status();
  });
}

}  // namespace trimtab::runtime
