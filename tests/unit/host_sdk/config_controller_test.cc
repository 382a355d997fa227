// SPDX-License-Identifier: Apache-2.0
#include "client/host/config_controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "daemon/base/error.h"
#include "tests/support/manual_clock.h"

namespace trimtab::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Two parameters, whose callbacks do what the tests say.
class ConfigControllerTest : public testing::Test {
 protected:
  Registry TwoParameters() {
    Registry result;
    for (const char* name : {"first", "second"}) {
      Parameter parameter;
      parameter.name = name;
      parameter.min = std::int64_t{0};
      parameter.max = std::int64_t{100};
      parameter.initial = std::int64_t{1};
      parameter.apply = [this, name](const Value& value) {
        calls.push_back(std::string(name) + "=" + ToText(value));
        return answer(name, std::get<std::int64_t>(value));
      };
      result.Add(parameter);
    }
    return result;
  }
  absl::StatusOr<ApplyResult> Apply(std::int64_t first, std::int64_t second) {
    return controller.Apply({.values = {{"first", first}, {"second", second}},
                             .expected_generation = controller.View().generation,
                             .lease = std::chrono::seconds(10),
                             .tuner_id = "tuner"});
  }

  ManualClock clock;
  Registry registry = TwoParameters();
  std::vector<std::string> calls;
  std::function<absl::Status(const std::string&, std::int64_t)> answer =
      [](const std::string&, std::int64_t) { return absl::OkStatus(); };
  ConfigController controller{registry, clock, std::chrono::minutes(1), {}};
};

TEST_F(ConfigControllerTest, OnlyWhatDiffersIsSet) {
  ASSERT_TRUE(Apply(1, 5)->applied);
  EXPECT_THAT(calls, ElementsAre("second=5"));
}

TEST_F(ConfigControllerTest, ACallbackThatThrowsIsARefusalAndAllIsUndone) {
  answer = [](const std::string& name, std::int64_t) {
    if (name == "second") throw std::runtime_error("out of handles");
    return absl::OkStatus();
  };
  const auto result = Apply(4, 5);
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->applied);
  EXPECT_THAT(calls, ElementsAre("first=4", "second=5", "first=1"));
  EXPECT_EQ(result->view.values, registry.Initial());
  EXPECT_EQ(result->view.generation, 1);
  EXPECT_THAT(result->outcomes[1].message, HasSubstr("out of handles"));
}

TEST_F(ConfigControllerTest, WhatThrowsIsNoExceptionIsCaughtToo) {
  answer = [](const std::string&, std::int64_t) -> absl::Status { throw 42; };
  EXPECT_FALSE(Apply(4, 1)->applied);
}

TEST_F(ConfigControllerTest, AChangeThatCantBeUndoneIsShownAndGoneBackFromLater) {
  answer = [](const std::string& name, std::int64_t value) {
    const bool refused = name == "second" || value == 1;
    return refused ? absl::InternalError("stuck") : absl::OkStatus();
  };
  const auto result = Apply(4, 5);
  EXPECT_FALSE(result->applied);
  // What is in force is told, not what was hoped for.
  EXPECT_EQ(result->view.values.at("first"), Value(std::int64_t{4}));
  EXPECT_EQ(result->view.committed, registry.Initial());
  EXPECT_TRUE(result->view.lease_remaining);
  EXPECT_GT(result->view.generation, 1);
  answer = [](const std::string&, std::int64_t) { return absl::OkStatus(); };
  clock.Advance(std::chrono::seconds(1));
  // The next call finds it due: another generation is in force then.
  EXPECT_EQ(Apply(1, 1).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(controller.View().values, registry.Initial());
}

TEST_F(ConfigControllerTest, AReturnThatFailsIsTriedAgainEverySecond) {
  ASSERT_TRUE(Apply(4, 1)->applied);
  answer = [](const std::string&, std::int64_t) { return absl::InternalError("busy"); };
  const auto remind = [this] {
    // Any call of a tuner looks at the lease first.
    controller.Renew("tuner", -1, std::chrono::seconds(1)).IgnoreError();
  };
  clock.Advance(std::chrono::seconds(10));
  remind();
  remind();
  EXPECT_THAT(calls, ElementsAre("first=4", "first=1"));
  EXPECT_EQ(controller.View().values.at("first"), Value(std::int64_t{4}));
  answer = [](const std::string&, std::int64_t) { return absl::OkStatus(); };
  clock.Advance(std::chrono::seconds(1));
  remind();
  EXPECT_EQ(controller.View().values, registry.Initial());
  EXPECT_FALSE(controller.View().lease_remaining);
}

TEST_F(ConfigControllerTest, AnOperatorsEditTakesNothingFromARunningTrial) {
  ASSERT_TRUE(Apply(4, 1)->applied);
  ASSERT_EQ(controller.Edit({{"second", std::int64_t{7}}}), absl::OkStatus());
  EXPECT_EQ(controller.View().values,
            (Values{{"first", std::int64_t{1}}, {"second", std::int64_t{7}}}));
  EXPECT_FALSE(controller.View().lease_remaining);
}

TEST_F(ConfigControllerTest, ALeaseIsCutToTheLongest) {
  const auto result = controller.Apply({.values = {{"first", std::int64_t{4}}},
                                        .expected_generation = 1,
                                        .lease = std::chrono::hours(1),
                                        .tuner_id = "tuner"});
  EXPECT_EQ(result->view.lease_remaining, Duration(std::chrono::minutes(1)));
}

TEST_F(ConfigControllerTest, ItsEndGoesBackToTheCommittedConfiguration) {
  controller.Start();
  ASSERT_TRUE(Apply(4, 5)->applied);
  controller.Stop();
  EXPECT_EQ(controller.View().values, registry.Initial());
}

}  // namespace
}  // namespace trimtab::host
