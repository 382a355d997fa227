// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/history.h"

#include <gtest/gtest.h>

#include "daemon/scoring/sla.h"

namespace trimtab::control {
namespace {

Trial Scored(TrialPurpose purpose, double score) {
  Trial trial;
  trial.purpose = purpose;
  trial.score = Score{score, 1.0};
  return trial;
}

TEST(HistoryTest, ARisingLoadIsDividedOut) {
  const auto history =
      ToHistory({Scored(TrialPurpose::kBaseline, 100), Scored(TrialPurpose::kCandidate, 110),
                 Scored(TrialPurpose::kIncumbent, 200), Scored(TrialPurpose::kCandidate, 210)});
  ASSERT_EQ(history.size(), 4u);
  EXPECT_DOUBLE_EQ(history[1].score->value, 110);
  EXPECT_DOUBLE_EQ(history[3].score->value, 105);
  EXPECT_DOUBLE_EQ(*history[3].score->standard_error, 0.5);
}

TEST(HistoryTest, TheIncumbentsNoiseIsNotPutIntoTheScores) {
  const auto history =
      ToHistory({Scored(TrialPurpose::kBaseline, 100), Scored(TrialPurpose::kIncumbent, 102),
                 Scored(TrialPurpose::kCandidate, 210)});
  EXPECT_DOUBLE_EQ(history[2].score->value, 210);
}

TEST(HistoryTest, NegativeScoresAreShifted) {
  const auto history =
      ToHistory({Scored(TrialPurpose::kBaseline, -100), Scored(TrialPurpose::kIncumbent, -50),
                 Scored(TrialPurpose::kCandidate, -40)});
  EXPECT_DOUBLE_EQ(history[2].score->value, -90);
}

TEST(HistoryTest, TheBoundOfTheErrorRateSeesTimeoutsAsTheSlaDoes) {
  Trial trial = Scored(TrialPurpose::kCandidate, 1);
  trial.measurement.requests = 100;
  trial.measurement.metrics.Set(Metric::kErrorRatePercent, 0.5);
  trial.measurement.metrics.Set(Metric::kTimeoutRatePercent, 2);
  const SlaRequirements sla{.max_error_rate_percent = 1};
  EXPECT_EQ(EvaluateSla(sla, trial.measurement.metrics).compliant, false);
  const std::vector<Bound> bounds = BoundsOf(sla);
  ASSERT_EQ(bounds.size(), 1u);
  EXPECT_EQ(bounds[0].max, 1);
  EXPECT_DOUBLE_EQ(ToHistory({trial})[0].metrics.at(bounds[0].metric), 2.5);
}

TEST(HistoryTest, WhatHasNoScoreKeepsItsVerdict) {
  Trial failed;
  failed.verdict = Verdict::kFailed;
  const auto history = ToHistory({Scored(TrialPurpose::kBaseline, 1), failed});
  EXPECT_EQ(history[1].verdict, Verdict::kFailed);
  EXPECT_FALSE(history[1].score);
}

}  // namespace
}  // namespace trimtab::control
