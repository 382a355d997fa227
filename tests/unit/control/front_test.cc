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

Trial Candidate(std::int64_t threads, double score, std::optional<double> memory) {
  Trial trial;
  trial.purpose = TrialPurpose::kCandidate;
  trial.config = Configuration{{"thread_pool_size", threads}};
  trial.score = Score{score, std::nullopt};
  trial.measurement.metrics.Set(Metric::kMemoryBytes, memory);
  return trial;
}

std::vector<std::int64_t> Threads(const std::vector<ScoredConfiguration>& front) {
  std::vector<std::int64_t> threads;
  for (const ScoredConfiguration& each : front) {
    threads.push_back(std::get<std::int64_t>(*each.config.Find("thread_pool_size")));
  }
  return threads;
}

TEST(FrontTest, KeepsWhatNoOtherBeatsBestScoreFirst) {
  const std::vector<Trial> trials = {Candidate(1, 10, 100), Candidate(2, 30, 300),
                                     Candidate(3, 20, 350), Candidate(4, 20, 200)};
  EXPECT_EQ(Threads(FrontOf(WithMemory(), trials)), (std::vector<std::int64_t>{2, 4, 1}));
  EXPECT_TRUE(FrontOf({}, trials).empty());
}

TEST(FrontTest, LeavesOutBreachesMissingMetricsAndOlderTrialsOfTheSame) {
  Trial breach = Candidate(1, 99, 1);
  breach.compliance.compliant = false;
  Trial baseline = Candidate(2, 98, 1);
  baseline.purpose = TrialPurpose::kBaseline;
  const std::vector<Trial> trials = {breach, baseline, Candidate(3, 50, std::nullopt),
                                     Candidate(4, 40, 10), Candidate(4, 30, 10)};
  const std::vector<ScoredConfiguration> front = FrontOf(WithMemory(), trials);
  ASSERT_EQ(Threads(front), (std::vector<std::int64_t>{4}));
  EXPECT_EQ(front[0].score->value, 30);
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
