// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/register.h"

#include <gtest/gtest.h>

namespace trimtab::runtime {
namespace {

TEST(CacheRegisterTest, SizesAndPolicyAreParametersOfTheHost) {
  const auto cache =
      Cache<int, int>::Create({.l1_entries = 10, .l2_entries = 20, .policy = CachePolicy::kAuto})
          .value();
  host::TunableHost host({.service = "test", .instance = "one"});
  RegisterParameters(host, *cache);
  ASSERT_TRUE(host.Start().ok());
  EXPECT_EQ(host.Current().values.at("cache_size"), host::Value(std::int64_t{10}));
  EXPECT_EQ(host.Current().values.at("cache_l2_size"), host::Value(std::int64_t{20}));
  EXPECT_EQ(host.Current().values.at("cache_policy"), host::Value(std::string("auto")));

  ASSERT_TRUE(host.SetFromOperator({{"cache_size", std::int64_t{7}},
                                    {"cache_l2_size", std::int64_t{30}},
                                    {"cache_policy", std::string("lfu")}})
                  .ok());
  EXPECT_EQ(cache->stats().l1_entries, 7);
  EXPECT_EQ(cache->stats().l2_entries, 30);
  EXPECT_EQ(cache->policy(), CachePolicy::kLfu);
  EXPECT_FALSE(host.SetFromOperator({{"cache_size", std::int64_t{0}}}).ok());
  EXPECT_FALSE(host.SetFromOperator({{"cache_policy", std::string("mru")}}).ok());
  EXPECT_EQ(cache->stats().l1_entries, 7);
}

TEST(CacheRegisterTest, OneTierHasOneSize) {
  const auto cache = Cache<int, int>::Create({.l1_entries = 10, .l2_entries = 0}).value();
  host::TunableHost host({.service = "test", .instance = "one"});
  RegisterParameters(host, *cache, {.policy = false});
  ASSERT_TRUE(host.Start().ok());
  EXPECT_EQ(host.Current().values.size(), 1U);
}

TEST(CacheRegisterTest, RangesGrowToHoldWhatIsInForceAndBeginAtAnEntryAShard) {
  const auto cache =
      Cache<int, int>::Create({.l1_entries = 2'000'000, .l2_entries = 20'000'000, .shards = 8})
          .value();
  host::TunableHost host({.service = "test", .instance = "one"});
  RegisterParameters(host, *cache);
  const absl::Status started = host.Start();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_EQ(host.Current().values.at("cache_size"), host::Value(std::int64_t{2'000'000}));
  // Out of range, where the cache itself would refuse.
  for (const char* name : {"cache_size", "cache_l2_size"}) {
    EXPECT_EQ(host.SetFromOperator({{name, std::int64_t{7}}}).code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(host.SetFromOperator({{name, std::int64_t{8}}}).ok());
  }
}

}  // namespace
}  // namespace trimtab::runtime
