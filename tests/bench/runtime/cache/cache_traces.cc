// SPDX-License-Identifier: Apache-2.0
// Hit ratios of every policy on traces: cache_traces [DIRECTORY] prints a line for
// each trace and capacity of the table that comes with the public traces. Without a
// directory they are those beside the checkout.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "client/runtime/cache/cache.h"

namespace trimtab::runtime {
namespace {

constexpr std::pair<const char*, std::int64_t> kRows[] = {
    {"loop", 500},    {"gli", 1000},   {"gli", 2000},   {"multi2", 2000}, {"sprite", 1000},
    {"2_pools", 100}, {"corda", 1024}, {"web12", 1000}, {"OLTP", 1000},   {"OLTP", 5000}};

std::vector<std::uint32_t> Keys(const std::string& file) {
  std::vector<std::uint32_t> keys;
  FILE* pipe = popen(("gzip -dc '" + file + "'").c_str(), "r");
  std::uint32_t key = 0;
  while (pipe != nullptr && std::fread(&key, sizeof(key), 1, pipe) == 1) keys.push_back(key);
  if (pipe != nullptr) pclose(pipe);
  return keys;
}

CacheStats Play(const std::vector<std::uint32_t>& keys, const CacheOptions& options) {
  const auto cache = Cache<std::uint32_t, std::uint32_t>::Create(options).value();
  for (const std::uint32_t key : keys) {
    if (!cache->Get(key).has_value()) cache->Put(key, key).IgnoreError();
  }
  return cache->stats();
}

int Run(const std::string& directory) {
  if (!std::filesystem::exists(directory)) {
    std::fprintf(stderr, "SKIPPED: there are no traces at %s\n", directory.c_str());
    return 0;
  }
  std::printf("| trace, capacity |");
  for (const CachePolicy policy : kCachePolicies) {
    std::printf(" %s |", std::string(CachePolicyName(policy)).c_str());
  }
  std::puts(
      " changes of auto | lru, L1 + L2 | auto, L1 + L2 "
      "|\n|---|---|---|---|---|---|---|---|---|---|---|");
  for (const auto& [trace, capacity] : kRows) {
    const std::string file = directory + "/" + trace + ".u32.gz";
    if (!std::filesystem::exists(file)) {
      std::fprintf(stderr, "SKIPPED: there is no %s\n", file.c_str());
      continue;
    }
    const std::vector<std::uint32_t> keys = Keys(file);
    std::printf("| %s, %d |", trace, static_cast<int>(capacity));
    std::int64_t changes = 0;
    for (const CachePolicy policy : kCachePolicies) {
      const CacheStats stats =
          Play(keys, {.l1_entries = capacity, .l2_entries = 0, .policy = policy});
      std::printf(" %.2f |", 100 * stats.hit_ratio());
      changes = stats.policy_changes;
    }
    std::printf(" %d |", static_cast<int>(changes));
    const std::int64_t l1 = capacity / 11;
    for (const CachePolicy policy : {CachePolicy::kLru, CachePolicy::kAuto}) {
      const CacheStats stats =
          Play(keys, {.l1_entries = l1, .l2_entries = capacity - l1, .policy = policy});
      std::printf(" %.2f |", 100 * stats.hit_ratio());
    }
    std::puts("");
  }
  return 0;
}

}  // namespace
}  // namespace trimtab::runtime

int main(int argc, char** argv) {
  if (argc > 2) {
    std::fprintf(stderr, "usage: cache_traces [DIRECTORY]\n");
    return 2;
  }
  return trimtab::runtime::Run(argc == 2 ? argv[1] : TRIMTAB_TRACES_BESIDE);
}
