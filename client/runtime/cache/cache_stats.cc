// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/cache_stats.h"

#include <string_view>

namespace trimtab::runtime {
namespace {

Statistic Counter(std::string_view name, std::string_view help, std::int64_t value) {
  return {name, help, Statistic::Kind::kCounter, static_cast<double>(value)};
}
Statistic Gauge(std::string_view name, std::string_view help, double value) {
  return {name, help, Statistic::Kind::kGauge, value};
}

}  // namespace

void CacheStats::Add(const CacheStats& other) {
  l1_hits += other.l1_hits;
  l2_hits += other.l2_hits;
  misses += other.misses;
  insertions += other.insertions;
  updates += other.updates;
  evictions += other.evictions;
  expirations += other.expirations;
  invalidations += other.invalidations;
  loads += other.loads;
  load_failures += other.load_failures;
  shared_loads += other.shared_loads;
  policy_changes += other.policy_changes;
  l1_held += other.l1_held;
  l2_held += other.l2_held;
  l1_entries += other.l1_entries;
  l2_entries += other.l2_entries;
}

double CacheStats::hit_ratio() const {
  const std::int64_t all = hits() + misses;
  return all == 0 ? 0 : static_cast<double>(hits()) / static_cast<double>(all);
}

std::vector<Statistic> Export(const CacheStats& stats) {
  return {
      Counter("cache_l1_hits_total", "Requests answered by the first tier.", stats.l1_hits),
      Counter("cache_l2_hits_total", "Requests answered by the second tier.", stats.l2_hits),
      Counter("cache_misses_total", "Requests that the cache couldn't answer.", stats.misses),
      Counter("cache_insertions_total", "New entries.", stats.insertions),
      Counter("cache_updates_total", "Entries whose value was replaced.", stats.updates),
      Counter("cache_evictions_total", "Entries given up for want of room.", stats.evictions),
      Counter("cache_expirations_total", "Entries whose time was over.", stats.expirations),
      Counter("cache_invalidations_total", "Entries that a caller removed.", stats.invalidations),
      Counter("cache_loads_total", "Loads begun.", stats.loads),
      Counter("cache_load_failures_total", "Loads that ended without a value.",
              stats.load_failures),
      Counter("cache_shared_loads_total", "Requests that waited for another one's load.",
              stats.shared_loads),
      Counter("cache_policy_changes_total", "Changes of the policy in force.",
              stats.policy_changes),
      Gauge("cache_l1_held_entries", "Entries in the first tier.",
            static_cast<double>(stats.l1_held)),
      Gauge("cache_l2_held_entries", "Entries in the second tier.",
            static_cast<double>(stats.l2_held)),
      Gauge("cache_l1_limit_entries", "Entries that the first tier may hold.",
            static_cast<double>(stats.l1_entries)),
      Gauge("cache_l2_limit_entries", "Entries that the second tier may hold.",
            static_cast<double>(stats.l2_entries)),
      Gauge("cache_hit_ratio", "Share of the requests answered since the start.",
            stats.hit_ratio()),
  };
}

}  // namespace trimtab::runtime
