// SPDX-License-Identifier: Apache-2.0
// What the mode `recommend` says of what was tried.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/control/transition.h"

namespace trimtab::control {
namespace {

using testing::HasSubstr;

Configuration Threads(std::int64_t count) {
  return {{"threads", count}, {"retries", std::int64_t{3}}};
}

class RecommendTest : public testing::Test {
 protected:
  RecommendTest() {
    policy_.mode = TuningMode::kRecommend;
    Dimension threads;
    threads.name = "threads";
    for (std::int64_t count : {4, 8, 16, 32}) threads.values.emplace_back(count);
    policy_.space = SearchSpace::Create({threads}).value();
    state_.phase = phase::Holding{};
    state_.host = HostView{};
    state_.host->config.config = state_.host->config.committed = Threads(4);
    state_.study.incumbent = ScoredConfiguration{Threads(4), Score{10, 0.1}, {}, {}};
  }

  void Add(std::int64_t threads, double score) {
    Trial trial;
    trial.id = static_cast<std::int64_t>(state_.round_trials.size()) + 1;
    trial.config = Threads(threads);
    trial.score = Score{score, 0.1};
    state_.round_trials.push_back(std::move(trial));
  }

  Decision Recommended(std::optional<Appraisal> appraisal) {
    const Suggestion next{{{"threads", std::int64_t{32}}}, Prediction{12, 11, 13}, {}};
    const Transition transition =
        Advance(state_, event::Suggested{.suggestion = next, .appraisal = std::move(appraisal)}, {},
                policy_);
    for (const Effect& each : transition.effects) {
      const auto* record = std::get_if<effect::RecordDecision>(&each);
      if (record != nullptr) return record->decision;
    }
    ADD_FAILURE() << "nothing was decided";
    return {};
  }

  static Incumbent Expect(std::int64_t threads, double value) {
    return {Configuration{{"threads", threads}}, {value, value - 0.5, value + 0.5}, 1};
  }

  TuningPolicy policy_;
  State state_;
};

TEST_F(RecommendTest, ALuckyDrawIsNotRecommended) {
  Add(8, 30);
  Add(16, 14);
  const Decision decision =
      Recommended(Appraisal{{Expect(16, 14), Expect(8, 13), Expect(4, 10)}, {}, {}});
  EXPECT_EQ(decision.reason, DecisionReason::kRecommended);
  EXPECT_EQ(decision.new_config, Threads(16));
  EXPECT_THAT(decision.explanation, HasSubstr("the model expects 14 [13.5, 14.5]"));
  ASSERT_TRUE(decision.expected_gain);
  EXPECT_NEAR(decision.expected_gain->ratio, 0.4, 1e-9);
}

TEST_F(RecommendTest, WhatBrokeTheSlaOrLikelyDoesIsNotRecommended) {
  Add(8, 30);
  Add(16, 20);
  state_.round_trials[0].compliance.compliant = false;
  // The model does not trust 16 with the bounds: it is not in its ranking.
  const Decision decision = Recommended(Appraisal{{Expect(8, 30), Expect(4, 10)}, {}, {}});
  EXPECT_EQ(decision.new_config, Threads(32));
  EXPECT_THAT(decision.explanation, HasSubstr("would try next"));
}

TEST_F(RecommendTest, WhatTheModelExpectsToBeWorseThanTheIncumbentIsNotRecommended) {
  Add(8, 30);
  const Decision decision = Recommended(Appraisal{{Expect(4, 10), Expect(8, 9)}, {}, {}});
  EXPECT_EQ(decision.new_config, Threads(32));
}

TEST_F(RecommendTest, WithoutAModelTheMeanIs) {
  Add(8, 30);
  Add(16, 14);
  Add(8, -20);
  EXPECT_EQ(Recommended(std::nullopt).new_config, Threads(16));
}

}  // namespace
}  // namespace trimtab::control
