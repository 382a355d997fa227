// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/front.h"

#include <gtest/gtest.h>

namespace trimtab::control {
namespace {

ObjectiveSpec WithMemory() {
  ObjectiveSpec objective;
  objective.front = {Metric::kMemoryBytes};
  return objective;
}

Trial Candidate(std::int64_t threads, double score) {
  Trial trial;
  trial.purpose = TrialPurpose::kCandidate;
  trial.config = Configuration{{"thread_pool_size", threads}};
  trial.score = Score{score, std::nullopt};
  return trial;
}

// What the model says of the threads, in this order; all of them may be the
// incumbent.
Appraisal OnFront(const std::vector<std::int64_t>& threads) {
  Appraisal appraisal;
  for (const std::int64_t count : threads) {
    const Incumbent incumbent{Configuration{{"thread_pool_size", count}}, {}, 1};
    appraisal.ranking.push_back(incumbent);
    appraisal.front.push_back({incumbent, {}});
  }
  return appraisal;
}

std::vector<std::int64_t> Threads(const std::vector<ScoredConfiguration>& front) {
  std::vector<std::int64_t> threads;
  for (const ScoredConfiguration& each : front) {
    threads.push_back(std::get<std::int64_t>(*each.config.Find("thread_pool_size")));
  }
  return threads;
}

TEST(FrontTest, IsWhatTheModelMakesOfTheTrials) {
  State state;
  // 3 was lucky, says the model.
  state.round_trials = {Candidate(1, 10), Candidate(2, 30), Candidate(3, 90), Candidate(4, 20)};
  state.appraisal = OnFront({2, 4, 1});
  EXPECT_EQ(Threads(FrontOf(WithMemory(), state)), (std::vector<std::int64_t>{2, 4, 1}));
  EXPECT_TRUE(FrontOf({}, state).empty());
  state.appraisal.reset();
  EXPECT_TRUE(FrontOf(WithMemory(), state).empty());
}

TEST(FrontTest, LeavesOutBreachesAndWhatIsNoCandidate) {
  State state;
  Trial breach = Candidate(1, 99);
  breach.compliance.compliant = false;
  Trial baseline = Candidate(2, 98);
  baseline.purpose = TrialPurpose::kBaseline;
  state.round_trials = {breach, baseline, Candidate(4, 40), Candidate(4, 30)};
  state.appraisal = OnFront({1, 2, 4});
  const std::vector<ScoredConfiguration> front = FrontOf(WithMemory(), state);
  ASSERT_EQ(Threads(front), (std::vector<std::int64_t>{4}));
  EXPECT_EQ(front[0].score->value, 35);
}

TEST(FurtherOfTest, EachMetricHasItsOwnDirection) {
  ObjectiveSpec objective = WithMemory();
  objective.front.push_back(Metric::kThroughputOpsPerSecond);
  const std::vector<Further> further = FurtherOf(objective);
  ASSERT_EQ(further.size(), 2u);
  EXPECT_EQ(further[0].metric, "memory_bytes");
  EXPECT_TRUE(further[0].minimize);
  EXPECT_FALSE(further[1].minimize);
  EXPECT_EQ(objective.ToString(), "reference with memory_bytes with throughput_ops_per_second");
}

}  // namespace
}  // namespace trimtab::control
