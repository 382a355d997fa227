// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/finalists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Configuration Threads(std::int64_t count) {
  return {{"thread_pool_size", count}, {"retry_count", std::int64_t{3}}};
}

Trial MakeTrial(std::int64_t id, std::int64_t threads, double score) {
  Trial trial;
  trial.id = id;
  trial.config = Threads(threads);
  trial.score = Score{score, 0.1};
  trial.measurement.requests = 1000;
  trial.measurement.metrics.Set(Metric::kErrorRatePercent, 0);
  trial.measurement.metrics.Set(Metric::kTimeoutRatePercent, 0);
  return trial;
}

class FinalistsTest : public testing::Test {
 protected:
  FinalistsTest() {
    Dimension threads;
    threads.name = "thread_pool_size";
    for (std::int64_t count : {4, 8, 16, 32}) threads.values.emplace_back(count);
    policy_.space = SearchSpace::Create({threads}).value();
    study_.incumbent = ScoredConfiguration{Threads(4), Score{10, 0.1}, {}, {}};
    study_.incumbent->metrics = MakeTrial(0, 4, 10).measurement.metrics;
  }

  std::vector<std::int64_t> Choose(const std::optional<Appraisal>& appraisal = std::nullopt) {
    std::vector<std::int64_t> threads;
    for (const Finalist& each : Finalists(trials_, study_, Threads(4), policy_, appraisal)) {
      threads.push_back(std::get<std::int64_t>(*each.scored.config.Find("thread_pool_size")));
    }
    return threads;
  }

  // As a model says it: the space's parameters only.
  static Incumbent Expect(std::int64_t threads, double value) {
    return {Configuration{{"thread_pool_size", threads}}, {value, value - 1, value + 1}, 1};
  }

  TuningPolicy policy_;
  Checkpoint study_;
  std::vector<Trial> trials_;
};

TEST_F(FinalistsTest, WithoutAModelTheMeanOfTheScoresDecides) {
  // 8 was lucky once.
  trials_ = {MakeTrial(1, 8, 30), MakeTrial(2, 16, 20), MakeTrial(3, 8, 5), MakeTrial(4, 32, 9)};
  EXPECT_THAT(Choose(), ElementsAre(16, 8));
}

TEST_F(FinalistsTest, AModelGoesOverTheScores) {
  trials_ = {MakeTrial(1, 8, 30), MakeTrial(2, 16, 20), MakeTrial(3, 32, 25)};
  const Appraisal appraisal{{Expect(32, 21), Expect(16, 22), Expect(4, 12), Expect(8, 11)}, {}};
  // 8 is expected to be worse than the incumbent.
  EXPECT_THAT(Choose(appraisal), ElementsAre(32, 16));
  const auto best = Finalists(trials_, study_, Threads(4), policy_, appraisal).front();
  EXPECT_THAT(best.why, HasSubstr("it scored 25 in 1 trial, the model expects 21 [20, 22]"));
}

TEST_F(FinalistsTest, WhatTheModelDoesNotTrustWithTheBoundsIsLeftOut) {
  trials_ = {MakeTrial(1, 8, 30), MakeTrial(2, 16, 20)};
  EXPECT_THAT(Choose(Appraisal{{Expect(16, 20)}, {}}), ElementsAre(16));
}

TEST_F(FinalistsTest, TheJudgedTheBreachingAndTheFailingAreLeftOut) {
  trials_ = {MakeTrial(1, 8, 30), MakeTrial(2, 16, 20), MakeTrial(3, 32, 25), MakeTrial(4, 32, 24)};
  trials_[3].compliance.compliant = false;
  study_.judged = {Threads(8)};
  EXPECT_THAT(Choose(), ElementsAre(16));
  trials_[1].measurement.metrics.Set(Metric::kErrorRatePercent, 30);
  EXPECT_THAT(Choose(), IsEmpty());
}

TEST_F(FinalistsTest, WhatTheGuardsForbidIsLeftOut) {
  trials_ = {MakeTrial(1, 8, 30), MakeTrial(2, 32, 40)};
  policy_.guard.max_step_ratio = 0.5;
  EXPECT_THAT(Choose(), ElementsAre(8));
}

TEST_F(FinalistsTest, AllTrialsOfAConfigurationAreItsEvidence) {
  trials_ = {MakeTrial(1, 8, 30), MakeTrial(2, 8, 28)};
  const auto finalists = Finalists(trials_, study_, Threads(4), policy_, std::nullopt);
  ASSERT_EQ(finalists.size(), 1u);
  EXPECT_THAT(finalists[0].trial_ids, ElementsAre(1, 2));
  EXPECT_EQ(finalists[0].scored.score->value, 28);
}

}  // namespace
}  // namespace trimtab::control
