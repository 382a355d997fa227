// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/strategy.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

namespace trimtab {
namespace {

using testing::HasSubstr;

// What every strategy must keep.
class StrategyTest : public testing::TestWithParam<std::string> {
 protected:
  static Observation Measured(const Configuration& config) {
    Observation observation;
    observation.config = config;
    observation.score = Score{1, std::nullopt};
    return observation;
  }
};

// With a model a point may come again, to be measured better.
class PlainStrategyTest : public StrategyTest {};

TEST_P(PlainStrategyTest, VisitsEveryPointOnceThenIsExhausted) {
  const auto strategy = CreateStrategy(GetParam(), DefaultSearchSpace(), 5).value();
  std::vector<Observation> history;
  std::set<std::string> seen;
  while (const auto candidate = strategy->Suggest(history)) {
    ASSERT_TRUE(DefaultSearchSpace().Check(candidate->config).ok());
    ASSERT_TRUE(seen.insert(candidate->config.ToString()).second);
    history.push_back(Measured(candidate->config));
  }
  EXPECT_EQ(seen.size(), 256u);
}

TEST_P(PlainStrategyTest, ReplicasDoNotExploreInLockstep) {
  // It begins where the host is, whatever the seed.
  if (GetParam() == "hill_climb") return;
  std::set<std::string> first;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto strategy = CreateStrategy(GetParam(), DefaultSearchSpace(), seed).value();
    first.insert(strategy->Suggest({})->config.ToString());
  }
  EXPECT_GE(first.size(), 15u);
}

TEST_P(StrategyTest, DependsOnHistoryAndSeedAlone) {
  const auto one = CreateStrategy(GetParam(), DefaultSearchSpace(), 5).value();
  const auto two = CreateStrategy(GetParam(), DefaultSearchSpace(), 5).value();
  std::vector<Observation> history;
  for (int i = 0; i < 20; ++i) {
    const auto candidate = one->Suggest(history);
    ASSERT_EQ(candidate->config, one->Suggest(history)->config);
    ASSERT_EQ(candidate->config, two->Suggest(history)->config);
    history.push_back(Measured(candidate->config));
  }
}

TEST_P(StrategyTest, ObeysTheRulesAndKnowsPendingPoints) {
  const SearchSpace space =
      SearchSpace::Create(DefaultSearchSpace().dimensions(),
                          {Rule::Parse("cache_size >= 10 * batch_size").value()})
          .value();
  const auto strategy = CreateStrategy(GetParam(), space, 9).value();
  std::vector<Observation> history;
  std::size_t count = 0;
  while (const auto candidate = strategy->Suggest(history)) {
    ASSERT_TRUE(space.Check(candidate->config).ok());
    Observation pending;
    pending.config = candidate->config;
    pending.pending = true;
    history.push_back(pending);
    ++count;
  }
  // 4 * 4 ways for threads and connections; of 16 for cache and batch, 10 obey.
  EXPECT_EQ(count, 160u);
}

TEST_P(StrategyTest, ATrialThatSaidNothingIsProposedOnceMore) {
  Dimension dimension;
  dimension.name = "only";
  dimension.values = {std::int64_t{1}};
  const auto strategy =
      CreateStrategy(GetParam(), SearchSpace::Create({dimension}).value(), 1).value();
  Observation nothing;
  nothing.config = strategy->Suggest({})->config;
  nothing.verdict = Verdict::kInconclusive;
  EXPECT_TRUE(strategy->Suggest({nothing}));
  EXPECT_FALSE(strategy->Suggest({nothing, nothing}));
}

INSTANTIATE_TEST_SUITE_P(All, PlainStrategyTest,
                         testing::Values("grid", "hill_climb", "random", "sobol"),
                         [](const auto& name) { return name.param; });
INSTANTIATE_TEST_SUITE_P(All, StrategyTest, testing::ValuesIn(StrategyNames()),
                         [](const auto& name) { return name.param; });

TEST(CreateStrategyTest, NamesWhatIsAllowed) {
  const auto strategy = CreateStrategy("magic", DefaultSearchSpace(), 1);
  ASSERT_FALSE(strategy.ok());
  EXPECT_NE(strategy.status().ToString().find("grid, hill_climb, random, sobol"),
            std::string::npos);
}

TEST(CreateStrategyTest, OptionsThatMakeNoSenseAreRefusedAndSayWhere) {
  const auto refused = [](StrategyOptions options) {
    const auto strategy = CreateStrategy("bayes", DefaultSearchSpace(), 1, std::move(options));
    return strategy.ok() ? "not refused" : strategy.status().ToString();
  };
  EXPECT_THAT(refused({.bounds = {{.metric = "m", .max = 1}, {.metric = "n"}}}),
              HasSubstr("bounds[1]: needs a min or a max"));
  EXPECT_THAT(refused({.bounds = {{.metric = "m", .min = 2, .max = 1}}}),
              HasSubstr("bounds[0]: min 2 is above max 1"));
  EXPECT_THAT(refused({.bounds = {{.metric = "m", .max = std::nan("")}}}),
              HasSubstr("bounds[0]: nan is not finite"));
  EXPECT_THAT(refused({.further = {{.metric = "a"}, {.metric = "b"}, {.metric = "c"}}}),
              HasSubstr("further: at most 2"));
  Observation elsewhere;
  elsewhere.config = {{"threads", std::int64_t{4}}};
  EXPECT_THAT(refused({.prior = {elsewhere}}), HasSubstr("prior[0]: thread_pool_size: missing"));
  Observation off{.config = DefaultSearchSpace().Point(3)};
  off.config.Set("cache_size", std::int64_t{7});
  EXPECT_THAT(refused({.prior = {off}}), HasSubstr("prior[0]: cache_size: 7 is not allowed"));
  // One trial of the space is enough; its further parameters are of no matter.
  Observation own{.config = DefaultSearchSpace().Point(3)};
  own.config.Set("retry_count", std::int64_t{3});
  EXPECT_EQ(refused({.prior = {off, own}}), "not refused");
}

}  // namespace
}  // namespace trimtab
