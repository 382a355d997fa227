// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/bayes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "daemon/base/random.h"

namespace trimtab {
namespace {

// Best at 16 threads, 200 connections, the largest cache and batches of 500.
double Score256(const Configuration& config) {
  const auto number = [&](std::string_view name) { return *ToNumber(*config.Find(name)); };
  const double threads = std::log2(number("thread_pool_size") / 16);
  const double connections = std::log2(number("connection_pool_size") / 200);
  const double cache = std::log10(number("cache_size") / 50000);
  const double batch = std::log2(number("batch_size") / 500);
  return 1000 / (1 + threads * threads + 0.5 * connections * connections + 0.3 * cache * cache +
                 0.4 * batch * batch);
}

Observation Measured(const Configuration& config, double score) {
  return {.config = config, .score = Score{score, std::nullopt}};
}

std::vector<Observation> RunTrials(const BayesStrategy& strategy, int trials) {
  std::vector<Observation> history;
  for (int i = 0; i < trials; ++i) {
    const auto suggestion = strategy.Suggest(history);
    if (!suggestion) break;
    history.push_back(Measured(suggestion->config, Score256(suggestion->config)));
  }
  return history;
}

TEST(BayesStrategyTest, FindsTheBestOfTheDefaultSpaceInAFewTrials) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const BayesStrategy strategy(DefaultSearchSpace(), seed);
    const auto best = strategy.Best(RunTrials(strategy, 32));
    ASSERT_TRUE(best);
    EXPECT_GT(Score256(best->config), 950) << "seed " << seed;
    EXPECT_NEAR(best->prediction.value, Score256(best->config), 50);
  }
}

TEST(BayesStrategyTest, BeginsWithWhatTheHostRuns) {
  const Configuration start = DefaultSearchSpace().Point(77);
  const BayesStrategy strategy(DefaultSearchSpace(), 1, {.start = start});
  EXPECT_EQ(strategy.Suggest({})->config, start);
}

TEST(BayesStrategyTest, WhatTheHostRunsComesFirstAlsoAfterPriorTrials) {
  const Configuration start = DefaultSearchSpace().Point(77);
  std::vector<Observation> prior;
  for (std::uint64_t i = 0; i < 256; i += 9) {
    prior.push_back(
        Measured(DefaultSearchSpace().Point(i), Score256(DefaultSearchSpace().Point(i))));
  }
  const BayesStrategy strategy(DefaultSearchSpace(), 1, {.start = start, .prior = prior});
  EXPECT_EQ(strategy.Suggest({})->config, start);
  std::vector<Observation> history;
  for (std::uint64_t i = 0; i < 8; ++i) history.push_back(prior[i]);
  EXPECT_EQ(strategy.Suggest(history)->config, start);
  history.push_back({.config = start, .pending = true});
  EXPECT_NE(strategy.Suggest(history)->config, start);
}

TEST(BayesStrategyTest, TheOrderOfTheHistoryChangesNothing) {
  const BayesStrategy strategy(DefaultSearchSpace(), 4);
  std::vector<Observation> history = RunTrials(strategy, 15);
  const auto first = strategy.Suggest(history);
  Random random(9);
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = history.size(); i > 1; --i) {
      std::swap(history[i - 1], history[random.Next() % i]);
    }
    const auto again = strategy.Suggest(history);
    EXPECT_EQ(again->config, first->config);
    EXPECT_EQ(again->prediction->value, first->prediction->value);
    EXPECT_EQ(again->outlook->expected_gain, first->outlook->expected_gain);
  }
}

TEST(BayesStrategyTest, DegenerateHistoriesGetASuggestion) {
  const SearchSpace space = DefaultSearchSpace();
  const BayesStrategy strategy(space, 5);
  const auto at = [&](std::uint64_t i) { return space.Point(i * 11 % 256); };
  std::vector<std::vector<Observation>> histories(8);
  for (std::uint64_t i = 0; i < 12; ++i) {
    histories[0].push_back(Measured(at(i), 7));        // constant
    histories[1].push_back(Measured(at(0), 1.0 + i));  // one configuration only
    histories[2].push_back({.config = at(i), .verdict = Verdict::kFailed});
    histories[3].push_back({.config = at(i), .verdict = Verdict::kError});
    histories[4].push_back({.config = at(i), .pending = true});
    histories[5].push_back(Measured(at(i), i % 2 == 0 ? 1e300 : 1e-300));
    histories[6].push_back(Measured(at(i), i % 2 == 0 ? -INFINITY : INFINITY));
    histories[7].push_back(Measured(at(i), i % 3 == 0 ? std::nan("") : 0.0));
  }
  for (std::size_t i = 0; i < histories.size(); ++i) {
    const auto suggestion = strategy.Suggest(histories[i]);
    ASSERT_TRUE(suggestion) << "history " << i;
    EXPECT_TRUE(space.Check(suggestion->config).ok());
    if (suggestion->prediction) {
      EXPECT_TRUE(std::isfinite(suggestion->prediction->value));
    }
    histories[i].push_back(Measured(at(3), 5));
    EXPECT_TRUE(strategy.Best(histories[i])) << "history " << i;
  }
}

TEST(BayesStrategyTest, ASpaceOfOnePointIsSoonDone) {
  const SearchSpace space =
      SearchSpace::Create({{.name = "only", .values = {std::int64_t{1}}}}).value();
  const BayesStrategy strategy(space, 1);
  std::vector<Observation> history;
  int trials = 0;
  for (; trials < 20; ++trials) {
    const auto suggestion = strategy.Suggest(history);
    if (!suggestion) break;
    history.push_back(Measured(suggestion->config, 3));
  }
  EXPECT_LE(trials, 2);
  EXPECT_TRUE(strategy.Best(history));
}

TEST(BayesStrategyTest, PendingTrialsAreNotProposedAgain) {
  const BayesStrategy strategy(DefaultSearchSpace(), 6);
  const std::vector<Observation> history = RunTrials(strategy, 10);
  const std::vector<Suggestion> many = strategy.SuggestMany(history, 6);
  ASSERT_EQ(many.size(), 6u);
  for (std::size_t i = 0; i < many.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(many[i].config, many[j].config);
  }
}

TEST(BayesStrategyTest, ALuckyDrawIsNotCalledBest) {
  // All the same but one, 5 % noise, and one draw that came out high.
  const SearchSpace space = DefaultSearchSpace();
  const BayesStrategy strategy(space, 7);
  const Configuration steady = space.Point(5);
  int steady_is_best = 0;
  constexpr int kRounds = 20;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    Random random(round);
    const auto noisy = [&](double value) { return value * (1 + 0.17 * (random.Uniform() - 0.5)); };
    std::vector<Observation> history;
    for (std::uint64_t i = 0; i < 256; i += 8) {
      history.push_back(Measured(space.Point(i), noisy(100)));
    }
    for (int i = 0; i < 10; ++i) history.push_back(Measured(steady, noisy(106)));
    history.push_back(Measured(space.Point(250), 109));
    steady_is_best += strategy.Best(history)->config == steady;
  }
  // The mean of ten is below the others' luck now and then.
  EXPECT_GE(steady_is_best, kRounds * 3 / 4);
}

TEST(BayesStrategyTest, NeverReportsABestThatBreaksTheBound) {
  const SearchSpace space = DefaultSearchSpace();
  // More threads are better and take more memory.
  const BayesStrategy strategy(space, 8, {.bounds = {{.metric = "memory", .max = 20}}});
  std::vector<Observation> history;
  for (int i = 0; i < 25; ++i) {
    const auto suggestion = strategy.Suggest(history);
    ASSERT_TRUE(suggestion);
    const double threads = *ToNumber(*suggestion->config.Find("thread_pool_size"));
    const double cache = *ToNumber(*suggestion->config.Find("cache_size"));
    Observation observation = Measured(suggestion->config, 10 + threads + std::log(cache));
    observation.metrics["memory"] = threads + cache / 10000;
    history.push_back(std::move(observation));
  }
  const auto best = strategy.Best(history);
  ASSERT_TRUE(best);
  EXPECT_GT(best->feasibility, 0.5);
  // 16 threads with at most 4 units for the cache; 32 threads never fit.
  EXPECT_EQ(*ToNumber(*best->config.Find("thread_pool_size")), 16);
}

TEST(BayesStrategyTest, NothingIsBestWhileTheBoundedQuantityWasNeverMeasured) {
  const BayesStrategy strategy(DefaultSearchSpace(), 9,
                               {.bounds = {{.metric = "m", .max = 1}, {.metric = "n", .max = 1}}});
  std::vector<Observation> history;
  for (std::uint64_t i = 0; i < 10; ++i) {
    history.push_back(Measured(DefaultSearchSpace().Point(i * 20), 5));
    history.back().metrics["m"] = 0.5;
  }
  EXPECT_TRUE(strategy.Suggest(history));
  EXPECT_FALSE(strategy.Best(history));
  EXPECT_TRUE(strategy.Front(history).empty());
  EXPECT_TRUE(strategy.Appraise(history)->ranking.empty());
  history.back().metrics["n"] = 0.5;
  EXPECT_TRUE(strategy.Best(history));
}

TEST(BayesStrategyTest, NothingIsBestWhereNothingKeepsTheBound) {
  const BayesStrategy strategy(DefaultSearchSpace(), 9, {.bounds = {{.metric = "m", .max = 1}}});
  std::vector<Observation> history;
  for (std::uint64_t i = 0; i < 10; ++i) {
    history.push_back(Measured(DefaultSearchSpace().Point(i * 20), 5));
    history.back().metrics["m"] = 50;
  }
  EXPECT_FALSE(strategy.Best(history));
  EXPECT_TRUE(strategy.Suggest(history));
}

// The best score in `trials` trials after prior ones of `score`, over some seeds
// the least.
double BestAfterPrior(const std::function<double(const Configuration&)>& score, int trials) {
  std::vector<Observation> prior;
  for (std::uint64_t i = 0; i < 256; i += 5) {
    const Configuration config = DefaultSearchSpace().Point(i);
    prior.push_back(Measured(config, score(config)));
  }
  double least = INFINITY;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const BayesStrategy strategy(DefaultSearchSpace(), seed, {.prior = prior});
    double best = 0;
    for (const Observation& each : RunTrials(strategy, trials)) {
      best = std::max(best, each.score->value);
    }
    least = std::min(least, best);
  }
  return least;
}

TEST(BayesStrategyTest, PriorTrialsOfASimilarHostAreUsed) {
  // Twice as fast a host, the same shape.
  EXPECT_GT(BestAfterPrior([](const Configuration& config) { return 2 * Score256(config); }, 8),
            850);
}

TEST(BayesStrategyTest, PriorTrialsThatMisleadAreDiscounted) {
  // A host on which what is good here is bad.
  EXPECT_GT(BestAfterPrior([](const Configuration& config) { return 1000 / Score256(config); }, 32),
            950);
}

TEST(BayesStrategyTest, TheAppraisalIsWhatIsAskedOneByOne) {
  const BayesStrategy strategy(DefaultSearchSpace(), 2);
  std::vector<Observation> history = RunTrials(strategy, 12);
  const std::optional<Appraisal> appraisal = strategy.Appraise(history);
  ASSERT_TRUE(appraisal);
  EXPECT_EQ(appraisal->ranking.front().config, strategy.Best(history)->config);
  EXPECT_EQ(appraisal->front.size(), strategy.Front(history).size());
  EXPECT_EQ(appraisal->importances.at("cache_size"), strategy.Importances(history)[2]);
  // What was asked before has no part in an answer.
  history.push_back({.config = DefaultSearchSpace().Point(3), .pending = true});
  const BayesStrategy fresh(DefaultSearchSpace(), 2);
  EXPECT_EQ(strategy.Suggest(history)->prediction, fresh.Suggest(history)->prediction);
  EXPECT_EQ(strategy.Best(history)->prediction, fresh.Best(history)->prediction);
}

TEST(BayesStrategyTest, AdvisesToStopOnceNothingIsLeftToGain) {
  const BayesStrategy strategy(DefaultSearchSpace(), 2);
  const std::vector<Observation> history = RunTrials(strategy, 60);
  const auto late = strategy.Suggest(history);
  ASSERT_TRUE(late && late->outlook);
  EXPECT_TRUE(late->outlook->stop);
  const auto early = strategy.Suggest({history.begin(), history.begin() + 8});
  EXPECT_FALSE(early->outlook->stop);
}

TEST(BayesStrategyTest, ImportancesNameWhatMatters) {
  const SearchSpace space = DefaultSearchSpace();
  const BayesStrategy strategy(space, 2);
  std::vector<Observation> history;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const Configuration config = space.Point(i * 37 % 256);
    history.push_back(Measured(config, *ToNumber(*config.Find("cache_size"))));
  }
  const std::vector<double> importances = strategy.Importances(history);
  ASSERT_EQ(importances.size(), 4u);
  EXPECT_GT(importances[2], 0.8);
  EXPECT_LT(std::max({importances[0], importances[1], importances[3]}), 0.2);
}

TEST(BayesStrategyTest, LargeAndInfiniteSpacesAreSearchedByTheirOwnPoints) {
  std::vector<Dimension> dimensions;
  for (const char* name : {"a", "b", "c"}) {
    dimensions.push_back({.name = name, .min = 1, .max = 1000});
  }
  dimensions.push_back({.name = "x", .type = ParameterType::kDouble, .min = 0, .max = 1});
  const SearchSpace space =
      SearchSpace::Create(dimensions, {Rule::Parse("a <= b").value()}).value();
  const BayesStrategy strategy(space, 1);
  std::vector<Observation> history;
  double best = 0;
  for (int i = 0; i < 40; ++i) {
    const auto suggestion = strategy.Suggest(history);
    ASSERT_TRUE(suggestion && space.Check(suggestion->config).ok());
    double miss = 0;
    for (const auto& [name, value] : suggestion->config) {
      const double place = name == "x" ? *ToNumber(value) : *ToNumber(value) / 1000;
      miss += (place - 0.6) * (place - 0.6);
    }
    best = std::max(best, 100 * std::exp(-3 * miss));
    history.push_back(Measured(suggestion->config, 100 * std::exp(-3 * miss)));
  }
  EXPECT_GT(best, 98);
}

}  // namespace
}  // namespace trimtab
