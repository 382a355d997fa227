// SPDX-License-Identifier: Apache-2.0
// Hit ratios on public traces, against the table that comes with them. The
// traces are not part of the project: TRIMTAB_TRACES names their directory, else
// it is ../shared/traces beside the checkout.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "client/runtime/cache/cache.h"

namespace trimtab::runtime {
namespace {

struct Row {
  const char* trace;
  std::int64_t capacity;
  // In percent.
  double fifo;
  double lru;
  double lfu;
};

constexpr Row kRows[] = {
    {"loop", 500, 0.00, 0.00, 0.00},       {"gli", 1000, 11.14, 11.21, 31.34},
    {"gli", 2000, 47.90, 57.41, 57.41},    {"multi2", 2000, 44.27, 49.00, 50.94},
    {"sprite", 1000, 87.24, 90.64, 61.24}, {"2_pools", 100, 19.38, 21.95, 46.87},
    {"corda", 1024, 33.33, 33.33, 0.75},   {"web12", 1000, 60.82, 64.73, 54.87},
    {"OLTP", 1000, 28.53, 32.83, 13.83},   {"OLTP", 5000, 49.68, 53.65, 28.00},
};

std::string Directory() {
  if (const char* named = std::getenv("TRIMTAB_TRACES")) return named;
  return TRIMTAB_TRACES_BESIDE;
}

std::vector<std::uint32_t> Keys(const std::string& trace) {
  std::vector<std::uint32_t> keys;
  const std::string file = Directory() + "/" + trace + ".u32.gz";
  if (!std::filesystem::exists(file)) return keys;
  FILE* pipe = popen(("gzip -dc '" + file + "'").c_str(), "r");
  std::uint32_t key = 0;
  while (std::fread(&key, sizeof(key), 1, pipe) == 1) keys.push_back(key);
  pclose(pipe);
  return keys;
}

// Of a cache of this shape, in percent, rounded as in the table.
double HitRatio(const std::vector<std::uint32_t>& keys, const CacheOptions& options) {
  const auto cache = Cache<std::uint32_t, std::uint32_t>::Create(options).value();
  for (const std::uint32_t key : keys) {
    if (cache->Get(key).has_value()) continue;
    EXPECT_TRUE(cache->Put(key, key).ok());
  }
  return std::round(1e4 * cache->stats().hit_ratio()) / 100;
}

class TraceTest : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(All, TraceTest, testing::ValuesIn(kRows), [](const auto& row) {
  return std::string("on_") + row.param.trace + "_" + std::to_string(row.param.capacity);
});

TEST_P(TraceTest, PoliciesHaveTheHitRatiosOfTheTable) {
  const Row& row = GetParam();
  const std::vector<std::uint32_t> keys = Keys(row.trace);
  if (keys.empty()) {
    GTEST_SKIP() << "no trace " << row.trace << " in " << Directory() << "; set TRIMTAB_TRACES";
  }
  std::map<CachePolicy, double> ratios;
  for (const CachePolicy policy : kCachePolicies) {
    ratios[policy] =
        HitRatio(keys, {.l1_entries = row.capacity, .l2_entries = 0, .policy = policy});
  }
  EXPECT_DOUBLE_EQ(ratios[CachePolicy::kFifo], row.fifo);
  EXPECT_DOUBLE_EQ(ratios[CachePolicy::kLru], row.lru);
  EXPECT_NEAR(ratios[CachePolicy::kLfu], row.lfu, 0.5);
  const std::int64_t l1 = row.capacity / 11;
  EXPECT_DOUBLE_EQ(HitRatio(keys, {.l1_entries = l1, .l2_entries = row.capacity - l1}), row.lru);
  for (const auto& [policy, ratio] : ratios) {
    EXPECT_GE(ratios[CachePolicy::kAuto], ratio - 3) << CachePolicyName(policy);
  }
}

}  // namespace
}  // namespace trimtab::runtime
