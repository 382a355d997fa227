// SPDX-License-Identifier: Apache-2.0
// What trials say of the noise, and which of them a model holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "daemon/base/random.h"
#include "daemon/search/bayes.h"
#include "daemon/search/points/encoder.h"
#include "daemon/search/surrogate/output_model.h"
#include "daemon/search/surrogate/slice_sampler.h"

namespace trimtab {
namespace {

SearchSpace Numbers(int count) {
  return SearchSpace::Create({{.name = "n", .min = 1, .max = static_cast<double>(count)}}).value();
}

Observation Measured(int n, double score, std::optional<double> error = std::nullopt) {
  return {.config = {{"n", std::int64_t{n}}}, .score = Score{score, error}};
}

int NumberOf(const Configuration& config) { return static_cast<int>(*ToNumber(*config.Find("n"))); }

TEST(EvidenceTest, AFurtherObjectiveHasNoPartInTheScoresError) {
  const BayesStrategy strategy(Numbers(10), 1, {.further = {{.metric = "memory"}}});
  std::vector<Observation> history;
  for (int n = 1; n <= 10; ++n) {
    history.push_back(Measured(n, 1000 * n, 200));
    history.back().metrics["memory"] = 10 * n;
  }
  const std::vector<FrontPoint> front = strategy.Front(history);
  EXPECT_EQ(front.size(), 10u);
  for (const FrontPoint& point : front) {
    EXPECT_NEAR(point.further.at("memory"), 10 * NumberOf(point.incumbent.config), 1);
  }
}

TEST(EvidenceTest, ToldErrorsDecideWhatCanBeSeen) {
  // A plain of 100, measured once each with an error of 5 that is told.
  const BayesStrategy strategy(Numbers(60), 1);
  Random random(4);
  std::vector<Observation> history;
  for (int n = 1; n <= 60; n += 3) {
    history.push_back(Measured(n, 100 + 5 * search::StandardNormal(random), 5));
  }
  const std::optional<Outlook> outlook = strategy.Suggest(history)->outlook;
  ASSERT_TRUE(outlook);
  // Half of the error of a configuration that was measured once.
  EXPECT_NEAR(outlook->visible_gain, 2.5, 0.7);
  EXPECT_TRUE(outlook->stop);
}

// The targets of one configuration's trials beside some others'.
search::Targets TargetsOf(const std::vector<Observation>& history) {
  const search::Encoder encoder(Numbers(60));
  const search::Digest digest = search::Digest::Of(encoder, history, {});
  search::ModelRows rows;
  Eigen::MatrixXd places(static_cast<Eigen::Index>(digest.records.size()), 1);
  for (const search::Record& record : digest.records) {
    places.row(rows.own_count()) = record.place;
    rows.own.push_back(&record);
  }
  rows.points = encoder.Points(places);
  return search::MakeTargets(
             rows, {.value = [](const search::Sample& s) { return -s.score; }, .is_score = true})
      ->targets;
}

TEST(EvidenceTest, FailuresSayNothingOfTheNoise) {
  Observation failed = Measured(1, 0);
  failed.score.reset();
  failed.verdict = Verdict::kFailed;
  std::vector<Observation> history = {failed, failed, failed};
  for (int n = 2; n < 8; ++n) history.push_back(Measured(n, 100 + n));
  history.push_back(failed);
  history.back().config = {{"n", std::int64_t{7}}};
  const search::Targets targets = TargetsOf(history);
  EXPECT_EQ(targets.count, Eigen::VectorXd::Ones(7));
  EXPECT_EQ(targets.within, Eigen::VectorXd::Zero(7));
  // What failed is as bad as the worst, what failed once in two trials between.
  EXPECT_GE(targets.mean[0], targets.mean[1]);
  EXPECT_GT(targets.mean[6], targets.mean[5]);
  EXPECT_LT(targets.mean[6], targets.mean[0]);
}

TEST(EvidenceTest, NoiseIsSquashedWithTheValue) {
  // Two trials that differ by 5 % and one a thousand times slower.
  std::vector<Observation> history = {Measured(4, -1000), Measured(5, -1050), Measured(6, -1e6)};
  for (int n = 1; n < 4; ++n) history.push_back(Measured(n, -100 - n));
  const search::Targets targets = TargetsOf(history);
  EXPECT_EQ(targets.quiet.head(3), Eigen::VectorXd::Ones(3));
  EXPECT_LT(targets.quiet[3], 1);
  EXPECT_LT(targets.quiet[5], targets.quiet[4]);
  // Its noise is that of the good half by as much as differences are.
  const double good = targets.mean[2] - targets.mean[0];
  const double bad = targets.mean[4] - targets.mean[3];
  const double ratio = (bad / std::log(1050.0 / 1000)) / (good / std::log(103.0 / 101));
  EXPECT_NEAR(std::sqrt(targets.quiet[4]), ratio, 0.05 * ratio);
}

TEST(EvidenceTest, FailuresElsewhereMakeTheBestNoSurer) {
  const BayesStrategy strategy(Numbers(60), 1);
  Random random(4);
  std::vector<Observation> history;
  for (int i = 0; i < 12; ++i) {
    history.push_back(Measured(1 + 5 * i, 100 + 5 * search::StandardNormal(random)));
  }
  const auto width = [&] {
    const Prediction best = strategy.Best(history)->prediction;
    return best.upper - best.lower;
  };
  const double before = width();
  Observation failed = Measured(60, 0);
  failed.score.reset();
  failed.verdict = Verdict::kFailed;
  for (int i = 0; i < 6; ++i) history.push_back(failed);
  EXPECT_GT(width(), before / 2);
}

TEST(EvidenceTest, OneOfTheBestIsMeasuredAgainSoThatTheNoiseIsKnown) {
  // Also where the trials tell errors: these are of one trial's windows.
  for (const std::optional<double> error : {std::optional<double>(), std::optional<double>(0.1)}) {
    const BayesStrategy strategy(Numbers(60), 1);
    Random random(4);
    std::vector<Observation> history;
    for (int n = 1; n <= 57; n += 8) {
      history.push_back(Measured(n, 100 + search::StandardNormal(random), error));
    }
    ASSERT_EQ(history.size(), 8u);
    const Configuration again = strategy.Suggest(history)->config;
    EXPECT_TRUE(std::any_of(history.begin(), history.end(),
                            [&](const Observation& each) { return each.config == again; }));
  }
}

TEST(EvidenceTest, OfTwoThatLookAlikeOneIsMeasuredAgain) {
  // At the lowest level two codecs are far above the others; the higher the level
  // the worse are all. What was tried hides which of the two is better.
  std::vector<ParameterValue> codecs;
  for (int i = 0; i < 4; ++i) codecs.emplace_back(std::string(1, static_cast<char>('a' + i)));
  const SearchSpace space =
      SearchSpace::Create({{.name = "codec", .type = ParameterType::kCategorical, .values = codecs},
                           {.name = "level", .min = 1, .max = 4}})
          .value();
  const BayesStrategy strategy(space, 1);
  std::vector<Observation> history;
  const auto add = [&](int codec, int level, double off) {
    Observation trial{.config = {{"codec", codecs[static_cast<std::size_t>(codec)]},
                                 {"level", std::int64_t{level}}}};
    trial.score = Score{1000.0 + (codec < 2 ? 200 : 0) - 200 * level + off, 8};
    history.push_back(std::move(trial));
  };
  for (int codec = 0; codec < 4; ++codec) {
    for (const double off : {-8.0, 0.0, 8.0}) add(codec, 1, off);
    add(codec, 2, codec);
    add(codec, 3, -codec);
  }
  const Configuration again = strategy.Suggest(history)->config;
  const std::string codec = std::get<std::string>(*again.Find("codec"));
  EXPECT_TRUE(codec == "a" || codec == "b") << codec;
  EXPECT_EQ(*ToNumber(*again.Find("level")), 1);
}

TEST(EvidenceTest, OfManyTrialsTheBestWithinTheBoundIsKept) {
  std::vector<Observation> history;
  for (int n = 1; n <= 400; ++n) {
    history.push_back(Measured(n, n));
    history.back().metrics["cost"] = n;
  }
  for (const int most : {22, 30, 38}) {
    const BayesStrategy strategy(Numbers(400), 1,
                                 {.bounds = {{.metric = "cost", .max = most + 0.5}}});
    ASSERT_TRUE(strategy.Best(history));
    EXPECT_EQ(NumberOf(strategy.Best(history)->config), most);
  }
}

TEST(EvidenceTest, OfManyTrialsAPointOfTheFrontIsKept) {
  const BayesStrategy strategy(Numbers(700), 1, {.further = {{.metric = "cost"}}});
  std::vector<Observation> history;
  for (int n = 1; n <= 700; ++n) {
    // The last of them is not beaten, nor are two others.
    const bool good = n == 60 || n == 343;
    history.push_back(Measured(n, n));
    history.back().metrics["cost"] = good ? n : 2000 - n;
  }
  std::vector<int> front;
  for (const FrontPoint& point : strategy.Front(history)) {
    front.push_back(NumberOf(point.incumbent.config));
  }
  for (const int good : {60, 343}) {
    EXPECT_NE(std::find(front.begin(), front.end(), good), front.end()) << good;
  }
}

}  // namespace
}  // namespace trimtab
