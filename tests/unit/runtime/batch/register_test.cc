// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/batch/register.h"

#include <gtest/gtest.h>

namespace trimtab::runtime {
namespace {

TEST(BatchRegisterTest, BothLimitsAreParametersOfTheHost) {
  const auto batcher =
      ItemBatcher<int>::Create(
          {.size = 20, .linger = std::chrono::milliseconds(30)},
          [](std::vector<int>& items) { return std::vector<absl::Status>(items.size()); })
          .value();
  host::TunableHost host({.service = "test", .instance = "one"});
  RegisterParameters(host, *batcher);
  ASSERT_TRUE(host.Start().ok());
  EXPECT_EQ(host.Current().values.at("batch_size"), host::Value(std::int64_t{20}));
  EXPECT_EQ(host.Current().values.at("batch_linger_ms"), host::Value(std::int64_t{30}));

  ASSERT_TRUE(
      host.SetFromOperator({{"batch_size", std::int64_t{7}}, {"batch_linger_ms", std::int64_t{9}}})
          .ok());
  EXPECT_EQ(batcher->stats().size, 7);
  EXPECT_EQ(batcher->stats().linger, std::chrono::milliseconds(9));
  EXPECT_FALSE(host.SetFromOperator({{"batch_size", std::int64_t{0}}}).ok());
  EXPECT_EQ(batcher->stats().size, 7);
}

TEST(BatchRegisterTest, RangesGrowToHoldWhatIsInForce) {
  const auto batcher = ItemBatcher<int>::Create({.size = 50'000, .linger = std::chrono::seconds(5)},
                                                [](std::vector<int>& items) {
                                                  return std::vector<absl::Status>(items.size());
                                                })
                           .value();
  host::TunableHost host({.service = "test", .instance = "one"});
  RegisterParameters(host, *batcher);
  const absl::Status started = host.Start();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_EQ(host.Current().values.at("batch_size"), host::Value(std::int64_t{50'000}));
}

}  // namespace
}  // namespace trimtab::runtime
