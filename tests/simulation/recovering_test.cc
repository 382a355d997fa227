// SPDX-License-Identifier: Apache-2.0
// What a trial in breach of the SLA leaves behind on the host.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

constexpr double kSlowMs = 500;

bool IsSlow(const Configuration& config) {
  return *config.Find("cache_size") == ParameterValue(std::int64_t{50000});
}

// A quarter of the space breaks the SLA, and the host takes a while to work off
// what came of it.
class RecoveringTest : public testing::Test {
 protected:
  RecoveringTest() {
    simulation.host.latency_ms = [](const Configuration& config) {
      return IsSlow(config) ? kSlowMs : 50.0;
    };
    simulation.host.backlog_above_ms = 100;
    simulation.host.backlog_windows = 6;
    simulation.policy.sla.max_latency_p99_ms = 100;
    simulation.policy.guard.exploration_breach_ratio = 1;
    simulation.policy.incumbent_every = 1;
  }

  Simulation simulation;
};

TEST_F(RecoveringTest, ABacklogIsHeldAgainstNeitherTheIncumbentNorTheNextCandidate) {
  simulation.StartDaemon();
  ASSERT_TRUE(simulation.Until(TunerState::kHolding));
  EXPECT_EQ(simulation.journal.Count(DecisionReason::kFrozen), 0);
  EXPECT_GT(simulation.journal.Count(DecisionReason::kSlaBreach), 0);
  for (const Trial& trial : simulation.journal.trials) {
    EXPECT_EQ(trial.verdict == Verdict::kFailed, IsSlow(trial.config)) << trial.config.ToString();
  }
}

TEST_F(RecoveringTest, TheHostIsOnItsCommittedConfigurationMeanwhileAndTheStatusSaysSo) {
  simulation.StartDaemon();
  const auto recovering = [this] {
    return simulation.Status().reason.find("letting the host recover") != std::string::npos;
  };
  for (int i = 0; i < 1000 && !recovering(); ++i) simulation.Second();
  ASSERT_TRUE(recovering());
  EXPECT_EQ(simulation.Status().state, TunerState::kSettling);
  EXPECT_TRUE(simulation.Status().until);
  EXPECT_EQ(simulation.host.state().config, simulation.host.state().committed);
}

TEST_F(RecoveringTest, WhatStillBreaksTheSlaAfterwardsIsTheIncumbentsOwnDoing) {
  simulation.host.backlog_windows = 1000000;
  simulation.policy.guard.recovery = std::chrono::seconds(20);
  simulation.StartDaemon();
  ASSERT_TRUE(simulation.Until(TunerState::kFrozen));
  EXPECT_NE(simulation.Status().reason.find("still breaks the SLA after trial"), std::string::npos)
      << simulation.Status().reason;
}

TEST_F(RecoveringTest, APauseAndAKillInTheMiddleLeaveTheHostCommittedAndTuningGoesOn) {
  simulation.StartDaemon();
  const auto recovering = [this] {
    return simulation.Status().reason.find("letting the host recover") != std::string::npos;
  };
  for (int i = 0; i < 1000 && !recovering(); ++i) simulation.Second();
  ASSERT_TRUE(recovering());
  EXPECT_TRUE(simulation.Command(command::Pause{std::nullopt, "lunch"})->ok());
  EXPECT_EQ(simulation.Status().state, TunerState::kPaused);
  EXPECT_TRUE(simulation.Command(command::Resume{})->ok());
  for (int i = 0; i < 1000 && !recovering(); ++i) simulation.Second();
  simulation.KillDaemon();
  simulation.Seconds(1);
  simulation.StartDaemon();
  ASSERT_TRUE(simulation.Until(TunerState::kHolding));
  EXPECT_EQ(simulation.journal.Count(DecisionReason::kFrozen), 0);
}

}  // namespace
}  // namespace trimtab
