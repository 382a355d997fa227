// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::control {
namespace {

using testing::HasSubstr;

Configuration Config(std::int64_t cache, std::int64_t batch) {
  return Configuration{{"cache_size", cache}, {"batch_size", batch}};
}

class GuardTest : public testing::Test {
 protected:
  GuardTest() {
    Dimension cache;
    cache.name = "cache_size";
    cache.min = 0;
    cache.max = 1000;
    Dimension batch;
    batch.name = "batch_size";
    batch.values = {std::int64_t{100}, std::int64_t{200}, std::int64_t{500}};
    policy.space =
        SearchSpace::Create({cache, batch}, {Rule::Parse("cache_size >= 2 * batch_size").value()})
            .value();
  }
  std::string Refusal(const Configuration& candidate, const Configuration& incumbent) {
    return CheckCandidate(candidate, incumbent, policy).ToString();
  }
  TuningPolicy policy;
};

TEST_F(GuardTest, WhatIsWithinEverythingPasses) {
  EXPECT_EQ(Refusal(Config(1000, 500), Config(200, 100)), "OK");
}

TEST_F(GuardTest, BoundsAreKept) {
  EXPECT_THAT(Refusal(Config(1001, 100), Config(200, 100)), HasSubstr("cache_size"));
  EXPECT_THAT(Refusal(Config(1000, 300), Config(200, 100)), HasSubstr("batch_size"));
  EXPECT_THAT(Refusal(Configuration{{"cache_size", std::int64_t{500}}}, Config(200, 100)),
              HasSubstr("batch_size is missing"));
}

TEST_F(GuardTest, RulesBetweenParametersAreKept) {
  EXPECT_THAT(Refusal(Config(300, 200), Config(200, 100)), HasSubstr("2 * batch_size"));
}

TEST_F(GuardTest, AStepIsNoLongerThanThePolicyAllows) {
  policy.guard.max_step_ratio = 0.25;
  EXPECT_EQ(Refusal(Config(450, 100), Config(200, 100)), "OK");
  EXPECT_THAT(Refusal(Config(460, 100), Config(200, 100)),
              HasSubstr("cache_size would step from 200 to 460, 26 % of its range"));
  // From outside the space there is no place to measure from.
  EXPECT_EQ(Refusal(Config(1000, 100), Config(5000, 100)), "OK");
}

TEST_F(GuardTest, TheSpaceAroundTheIncumbentIsWhatTheStepAllows) {
  policy.guard.max_step_ratio = 0.25;
  const SearchSpace around = SpaceAround(Config(200, 100), policy);
  EXPECT_EQ(around.Find("cache_size")->min, 0);
  EXPECT_EQ(around.Find("cache_size")->max, 450);
  EXPECT_EQ(around.Find("batch_size")->values.size(), 1u);
  EXPECT_EQ(around.rules().size(), 1u);
  // Nothing is known to step from.
  EXPECT_EQ(SpaceAround({}, policy).Fingerprint(), policy.space.Fingerprint());
}

}  // namespace
}  // namespace trimtab::control
