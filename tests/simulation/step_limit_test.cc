// SPDX-License-Identifier: Apache-2.0
// Rounds under guard.max_step_percent: every strategy looks for candidates only
// where they may be applied.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/control/guard.h"
#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

Dimension Range(const char* name, double min, double max, double step = 0) {
  Dimension dimension;
  dimension.name = name;
  dimension.min = min;
  dimension.max = max;
  dimension.step = step;
  return dimension;
}

class StepLimitTest : public testing::TestWithParam<const char*> {
 protected:
  StepLimitTest() {
    sim.policy.strategy = GetParam();
    sim.host.latency_ms = BatchValley;
  }
  // Every candidate was measured, and none is farther from the incumbent of its
  // time than the policy allows.
  void ExpectAdmissible() {
    int candidates = 0;
    for (const Trial& trial : sim.journal.trials) {
      if (trial.purpose != TrialPurpose::kCandidate) continue;
      ++candidates;
      EXPECT_GT(trial.measurement.windows, 0) << trial.reason;
    }
    EXPECT_GE(candidates, 3);
    for (const std::string& note : sim.journal.notes) {
      EXPECT_THAT(note, testing::Not(testing::HasSubstr("guards refused")));
    }
  }

  Simulation sim;
};

TEST_P(StepLimitTest, NoCandidateIsRefusedInASpaceOfLists) {
  sim.policy.guard.max_step_ratio = 0.25;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  ExpectAdmissible();
  const Configuration baseline = sim.Status().baseline->config;
  for (const Trial& trial : sim.journal.trials) {
    EXPECT_TRUE(control::CheckCandidate(trial.config, baseline, sim.policy).ok())
        << trial.config.ToString();
  }
}

TEST_P(StepLimitTest, NoCandidateIsRefusedInASpaceOfRanges) {
  sim.policy.space =
      SearchSpace::Create({Range("thread_pool_size", 1, 64), Range("cache_size", 100, 50000, 100),
                           Range("batch_size", 1, 5000)})
          .value();
  sim.policy.guard.max_step_ratio = 0.1;
  sim.policy.max_trials = 8;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  ExpectAdmissible();
  EXPECT_EQ(sim.Status().trials_planned, 8);
}

TEST_P(StepLimitTest, TheNextRoundStepsFromWhatTheLastOneProved) {
  sim.policy.guard.max_step_ratio = 0.25;
  sim.policy.max_trials = 40;
  sim.policy.hold.min_dwell = std::chrono::minutes(2);
  sim.policy.hold.retune_after = std::chrono::minutes(2);
  sim.StartDaemon();
  // From 4 threads to 16 are two steps of the list.
  for (int i = 0; i < 6000 && IntOf(sim.host.state().committed, "thread_pool_size") != 16; ++i) {
    sim.Second();
  }
  EXPECT_EQ(IntOf(sim.host.state().committed, "thread_pool_size"), 16);
  EXPECT_GE(sim.Status().round, 2);
  ExpectAdmissible();
}

INSTANTIATE_TEST_SUITE_P(Strategies, StepLimitTest,
                         testing::Values("bayes", "grid", "hill_climb", "random", "sobol"),
                         [](const testing::TestParamInfo<const char*>& info) {
                           return std::string(info.param);
                         });

}  // namespace
}  // namespace trimtab
