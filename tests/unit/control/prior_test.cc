// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/prior.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_store.h"

namespace trimtab::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Trial Measured(std::int64_t id, std::int64_t round, std::int64_t threads, double score) {
  Trial trial;
  trial.id = id;
  trial.round = round;
  trial.config = {{"threads", threads}};
  trial.score = Score{score, 1.0};
  trial.started_at = WallTime(std::chrono::minutes(id));
  return trial;
}

class EarlierTrialsTest : public testing::Test {
 protected:
  Study Open(const std::string& instance, const std::string& objective,
             const std::string& service = "lookup") {
    return store_.OpenStudy({service, instance, objective, 1}, WallTime()).value();
  }
  // The ids of each group, the round's oldest trial first.
  std::vector<std::vector<std::int64_t>> Find(const Study& study, std::int64_t round,
                                              WarmStart warm_start) {
    std::vector<std::vector<std::int64_t>> ids;
    const auto groups = EarlierTrials(store_, study, round, warm_start);
    for (const TrialGroup& group : *groups) {
      ids.emplace_back();
      for (const Trial& trial : group.trials) ids.back().push_back(trial.id);
    }
    return ids;
  }

  MemoryStore store_;
};

TEST_F(EarlierTrialsTest, TheStudysEarlierRoundsAreOfOneGroupEachTheNewestFirst) {
  const Study study = Open("one", "reference");
  for (const auto& [id, round] :
       std::vector<std::pair<int, int>>{{1, 1}, {2, 1}, {3, 2}, {4, 2}, {5, 3}}) {
    EXPECT_TRUE(store_.AppendTrial(study.id, Measured(id, round, 4, 1)).ok());
  }
  Trial imported = Measured(6, 1, 4, 1);
  imported.purpose = TrialPurpose::kImported;
  EXPECT_TRUE(store_.AppendTrial(study.id, imported).ok());
  EXPECT_THAT(Find(study, 3, WarmStart::kService),
              ElementsAre(ElementsAre(3, 4), ElementsAre(1, 2)));
  EXPECT_THAT(Find(study, 1, WarmStart::kService), IsEmpty());
  EXPECT_THAT(Find(study, 3, WarmStart::kNone), IsEmpty());
}

TEST_F(EarlierTrialsTest, OtherStudiesComeAfterItAsFarAsTheyAreWanted) {
  const Study old = Open("one", "maximize throughput_ops_per_second");
  const Study twin = Open("two", "reference");
  const Study stranger = Open("one", "reference", "billing");
  const Study study = Open("one", "reference");
  EXPECT_TRUE(store_.AppendTrial(old.id, Measured(1, 1, 4, 1)).ok());
  EXPECT_TRUE(store_.AppendTrial(twin.id, Measured(2, 7, 4, 1)).ok());
  EXPECT_TRUE(store_.AppendTrial(stranger.id, Measured(3, 1, 4, 1)).ok());
  EXPECT_TRUE(store_.AppendTrial(study.id, Measured(4, 1, 4, 1)).ok());
  EXPECT_THAT(Find(study, 2, WarmStart::kService),
              ElementsAre(ElementsAre(4), ElementsAre(2), ElementsAre(1)));
  EXPECT_THAT(Find(study, 2, WarmStart::kInstance), ElementsAre(ElementsAre(4), ElementsAre(1)));
  EXPECT_EQ(EarlierTrials(store_, study, 1, WarmStart::kInstance)->front().objective,
            "maximize throughput_ops_per_second");
}

TEST_F(EarlierTrialsTest, OfManyTheNewestAreTaken) {
  const Study study = Open("one", "reference");
  for (std::int64_t id = 1; id <= 1200; ++id) {
    EXPECT_TRUE(store_.AppendTrial(study.id, Measured(id, 1 + id / 400, 4, 1)).ok());
  }
  const auto groups = Find(study, 3, WarmStart::kService);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].size(), kMostEarlier);
  EXPECT_EQ(groups[0].front(), 800 - static_cast<std::int64_t>(kMostEarlier));
  EXPECT_EQ(groups[0].back(), 799);
}

TEST_F(EarlierTrialsTest, AnErrorOfTheStoreIsTold) {
  EXPECT_EQ(EarlierTrials(store_, Study{"none", {}, {}}, 2, WarmStart::kService).status().code(),
            absl::StatusCode::kNotFound);
}

class ToPriorTest : public testing::Test {
 protected:
  ToPriorTest() {
    Dimension threads;
    threads.name = "threads";
    for (std::int64_t count : {4, 8, 16, 32}) threads.values.emplace_back(count);
    policy_.space = SearchSpace::Create({threads}).value();
    policy_.objective = {ObjectiveSpec::Kind::kMinimize, Metric::kLatencyP99Ms, {}};
  }
  std::vector<double> Values(const std::vector<TrialGroup>& groups) {
    std::vector<double> values;
    for (const Observation& each : ToPrior(groups, policy_)) {
      values.push_back(each.score ? each.score->value : NAN);
    }
    return values;
  }

  TuningPolicy policy_;
  const std::string objective_ = "minimize latency_p99_ms";
};

TEST_F(ToPriorTest, WhatBothRoundsMeasuredBringsThemToOneLoad) {
  // In the older round all was twice as fast.
  const std::vector<TrialGroup> groups = {
      {objective_, {Measured(3, 2, 4, -40), Measured(4, 2, 8, -30)}},
      {objective_, {Measured(1, 1, 8, -15), Measured(2, 1, 16, -10)}}};
  EXPECT_THAT(Values(groups), ElementsAre(-40, -30, -30, -20));
  EXPECT_DOUBLE_EQ(*ToPrior(groups, policy_)[3].score->standard_error, 2);
}

TEST_F(ToPriorTest, WhereBothMeasuredNothingTheMediansDo) {
  const std::vector<TrialGroup> groups = {
      {objective_, {Measured(3, 2, 4, 40), Measured(4, 2, 8, 20), Measured(5, 2, 8, 20)}},
      {objective_, {Measured(1, 1, 16, 10), Measured(2, 1, 32, 10)}}};
  EXPECT_THAT(Values(groups), ElementsAre(40, 20, 20, 40, 40));
}

TEST_F(ToPriorTest, ScoresOfDifferentSignsAreShifted) {
  const std::vector<TrialGroup> groups = {
      {objective_, {Measured(3, 2, 4, 5)}},
      {objective_, {Measured(1, 1, 4, -5), Measured(2, 1, 8, 1)}}};
  EXPECT_THAT(Values(groups), ElementsAre(5, 5, 11));
}

TEST_F(ToPriorTest, TrialsOfAnotherObjectiveAreScoredAnew) {
  Trial known = Measured(1, 1, 4, 700);
  known.measurement.metrics.Set(Metric::kLatencyP99Ms, 25);
  Trial failed = known;
  failed.started_at += std::chrono::hours(1);
  failed.verdict = Verdict::kFailed;
  failed.score.reset();
  const auto prior = ToPrior({{"reference", {known, Measured(2, 1, 8, 800), failed}}}, policy_);
  ASSERT_EQ(prior.size(), 3u);
  EXPECT_EQ(prior[0].score->value, -25);
  // What the new objective asks for was not measured.
  EXPECT_FALSE(prior[1].score);
  EXPECT_EQ(prior[1].verdict, Verdict::kInconclusive);
  EXPECT_EQ(prior[2].verdict, Verdict::kFailed);
}

TEST_F(ToPriorTest, WeightsAreOfTheRatioToTheGroupsOwnBaseline) {
  policy_.objective = {ObjectiveSpec::Kind::kWeighted, {}, {{Metric::kLatencyP99Ms, 1}}};
  Trial baseline = Measured(1, 1, 4, 700);
  baseline.purpose = TrialPurpose::kBaseline;
  baseline.measurement.metrics.Set(Metric::kLatencyP99Ms, 40);
  Trial better = Measured(2, 1, 8, 900);
  better.measurement.metrics.Set(Metric::kLatencyP99Ms, 20);
  EXPECT_THAT(Values({{"reference", {baseline, better}}}), ElementsAre(1, 2));
}

TEST_F(ToPriorTest, WhatWasExportedAndImportedAgainCountsOnce) {
  const TrialGroup group = {objective_, {Measured(1, 1, 4, 1), Measured(2, 1, 4, 2)}};
  EXPECT_THAT(Values({group, group}), ElementsAre(1, 2));
}

TEST_F(ToPriorTest, WhatTheSpaceDoesNotAllowIsLeftOut) {
  Trial other = Measured(3, 1, 4, 1);
  other.config = {{"workers", std::int64_t{4}}};
  Trial more = Measured(2, 1, 8, 3);
  more.config.Set("retries", std::int64_t{1});
  EXPECT_THAT(Values({{objective_, {Measured(1, 1, 5, 2), more, other}}}), ElementsAre(3));
}

}  // namespace
}  // namespace trimtab::control
