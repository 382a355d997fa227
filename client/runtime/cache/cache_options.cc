// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/cache_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

namespace trimtab::runtime {
namespace {

absl::Status Join(const std::vector<std::string>& mistakes) {
  if (mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("{}", fmt::join(mistakes, "; ")));
}

void CheckRange(const char* name, std::int64_t value, std::int64_t least, std::int64_t most,
                std::vector<std::string>* mistakes) {
  if (value >= least && value <= most) return;
  mistakes->push_back(fmt::format("{} is {}, must be from {} to {}", name, value, least, most));
}

void CheckSizes(std::int64_t l1_entries, std::int64_t l2_entries, int shards,
                std::vector<std::string>* mistakes) {
  const std::size_t before = mistakes->size();
  CheckRange("l1_entries", l1_entries, 1, kMaxCacheEntries, mistakes);
  CheckRange("l2_entries", l2_entries, 0, kMaxCacheEntries, mistakes);
  if (mistakes->size() > before) return;
  if (l1_entries + l2_entries > kMaxCacheEntries) {
    mistakes->push_back(fmt::format("l1_entries and l2_entries are {} together, at most {}",
                                    l1_entries + l2_entries, kMaxCacheEntries));
  }
  if (l1_entries < shards || (l2_entries > 0 && l2_entries < shards)) {
    mistakes->push_back(fmt::format("each of {} shards needs an entry of each tier", shards));
  }
}

}  // namespace

absl::Status CheckCacheOptions(const CacheOptions& options) {
  std::vector<std::string> mistakes;
  CheckRange("shards", options.shards, 1, kMaxCacheShards, &mistakes);
  CheckSizes(options.l1_entries, options.l2_entries, options.shards, &mistakes);
  CheckRange("load_threads", options.load_threads, 1, kMaxLoadThreads, &mistakes);
  CheckRange("load_queue", options.load_queue, 0, kMaxCacheEntries, &mistakes);
  if (const absl::Status ttl = CheckTtl(options.default_ttl); !ttl.ok()) {
    mistakes.emplace_back(ttl.message());
  }
  return Join(mistakes);
}

absl::Status CheckCacheSizes(std::int64_t l1_entries, std::int64_t l2_entries, int shards) {
  std::vector<std::string> mistakes;
  CheckSizes(l1_entries, l2_entries, shards, &mistakes);
  return Join(mistakes);
}

absl::Status CheckTtl(Duration ttl) {
  if (ttl >= Duration::zero()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("a time to live of {} ns is negative", ttl.count()));
}

}  // namespace trimtab::runtime
