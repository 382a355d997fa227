// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::control {
namespace {

using testing::ElementsAre;

Trial Measured(std::int64_t id, std::int64_t threads, double score) {
  Trial trial;
  trial.id = id;
  trial.config = {{"threads", threads}, {"retries", std::int64_t{3}}};
  trial.score = Score{score, 3.0};
  return trial;
}

Incumbent Expect(std::int64_t threads, double value) {
  return {Configuration{{"threads", threads}}, {value, value - 1, value + 1}, 1};
}

std::vector<std::int64_t> Threads(const std::vector<Evidence>& ranked) {
  std::vector<std::int64_t> threads;
  for (const Evidence& each : ranked) {
    threads.push_back(std::get<std::int64_t>(*each.newest->config.Find("threads")));
  }
  return threads;
}

TEST(RankTriedTest, ALuckyDrawIsNotCalledBestByAModel) {
  const std::vector<Trial> trials = {Measured(1, 8, 30), Measured(2, 16, 20), Measured(3, 32, 19)};
  const Appraisal appraisal{{Expect(16, 20), Expect(8, 18), Expect(32, 17)}, {}, {}};
  const auto ranked = RankTried(trials, std::nullopt, appraisal, Imports::kTaken);
  EXPECT_THAT(Threads(ranked), ElementsAre(16, 8, 32));
  EXPECT_EQ(ranked[1].value(), 18);
  EXPECT_EQ(ranked[1].scored().score->value, 30);
}

TEST(RankTriedTest, WithoutAModelRepeatsMakeTheMeanSurer) {
  const std::vector<Trial> trials = {Measured(1, 8, 30), Measured(2, 16, 20), Measured(3, 8, 6)};
  const auto ranked = RankTried(trials, std::nullopt, std::nullopt, Imports::kTaken);
  EXPECT_THAT(Threads(ranked), ElementsAre(16, 8));
  EXPECT_EQ(ranked[1].scored().score->value, 18);
  EXPECT_DOUBLE_EQ(*ranked[1].scored().score->standard_error, 3 / std::sqrt(2.0));
  EXPECT_THAT(ranked[1].trial_ids, ElementsAre(1, 3));
}

TEST(RankTriedTest, WhatEverBrokeTheSlaOrIsNotTrustedWithItIsLeftOut) {
  std::vector<Trial> trials = {Measured(1, 8, 30), Measured(2, 16, 20), Measured(3, 16, 20),
                               Measured(4, 32, 25), Measured(5, 4, 10)};
  trials[1].compliance.compliant = false;
  EXPECT_THAT(Threads(RankTried(trials, std::nullopt, std::nullopt, Imports::kTaken)),
              ElementsAre(8, 32, 4));
  const Appraisal appraisal{{Expect(16, 90), Expect(8, 80), Expect(4, 70)}, {}, {}};
  EXPECT_THAT(Threads(RankTried(trials, std::nullopt, appraisal, Imports::kTaken)),
              ElementsAre(8, 4));
}

TEST(RankTriedTest, ImportedTrialsAreNoEvidenceBesideAModel) {
  std::vector<Trial> trials = {Measured(1, 8, 30), Measured(2, 16, 90), Measured(3, 8, 90)};
  trials[1].purpose = trials[2].purpose = TrialPurpose::kImported;
  EXPECT_THAT(Threads(RankTried(trials, std::nullopt, std::nullopt, Imports::kTaken)),
              ElementsAre(16, 8));
  EXPECT_THAT(Threads(RankTried(trials, std::nullopt, std::nullopt, Imports::kLeftOut)),
              ElementsAre(8));
  const auto ranked = RankTried(trials, std::nullopt,
                                Appraisal{{Expect(16, 9), Expect(8, 8)}, {}, {}}, Imports::kTaken);
  EXPECT_THAT(Threads(ranked), ElementsAre(8));
  EXPECT_EQ(ranked[0].score.value, 30);
}

}  // namespace
}  // namespace trimtab::control
