// SPDX-License-Identifier: Apache-2.0
// What is left on the host at the daemon's end, and what the next start makes
// of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

class ShutdownTest : public testing::Test {
 protected:
  ShutdownTest() {
    simulation.policy.shutdown = ShutdownPolicy::kRestoreBaseline;
    simulation.host.latency_ms = [](const Configuration& config) {
      return 100.0 - static_cast<double>(std::get<std::int64_t>(*config.Find("thread_pool_size")));
    };
    simulation.StartDaemon();
  }

  void End() {
    simulation.loop->Drive(control::event::ShutDown{});
    EXPECT_TRUE(simulation.loop->finished());
    simulation.KillDaemon();
  }
  const Configuration& committed() const { return simulation.host.state().committed; }

  Simulation simulation;
};

TEST_F(ShutdownTest, APromotionIsTakenBackAndMadeAgainAtTheNextStart) {
  ASSERT_TRUE(simulation.Until(TunerState::kHolding));
  const Configuration baseline = simulation.Status().baseline->config;
  const Configuration winner = simulation.Status().incumbent->config;
  ASSERT_NE(baseline, winner);
  End();
  EXPECT_EQ(committed(), baseline);
  simulation.StartDaemon();
  EXPECT_EQ(committed(), winner);
  EXPECT_EQ(simulation.journal.Count(DecisionReason::kResumed), 1);
  EXPECT_EQ(simulation.journal.Count(DecisionReason::kHostRestarted), 0);
  EXPECT_EQ(simulation.journal.Count(DecisionReason::kOperatorEdit), 0);
}

TEST_F(ShutdownTest, APinInATimedPauseOutlastsThePause) {
  ASSERT_TRUE(simulation.Until(TunerState::kHolding));
  ASSERT_TRUE(simulation.Command(command::Pause{std::chrono::seconds(10), "lunch"})->ok());
  ASSERT_TRUE(simulation.Command(command::Pin{{{"batch_size", std::int64_t{321}}}, "mine"})->ok());
  const Configuration pinned = committed();
  simulation.KillDaemon();
  simulation.StartDaemon();
  simulation.Seconds(20);
  simulation.KillDaemon();
  simulation.StartDaemon();
  simulation.Seconds(5);
  EXPECT_EQ(simulation.Status().state, TunerState::kPaused);
  EXPECT_EQ(committed(), pinned);
}

TEST_F(ShutdownTest, APinStaysAtTheEndAndAfterTheNextStart) {
  ASSERT_TRUE(simulation.Until(TunerState::kHolding));
  const std::size_t before = simulation.journal.decisions.size();
  ASSERT_TRUE(simulation.Command(command::Pin{{{"batch_size", std::int64_t{321}}}, "mine"})->ok());
  const Configuration pinned = committed();
  End();
  EXPECT_EQ(committed(), pinned);
  simulation.StartDaemon();
  simulation.Seconds(5);
  EXPECT_EQ(committed(), pinned);
  EXPECT_EQ(simulation.Status().state, TunerState::kPaused);
  EXPECT_THAT(simulation.Status().reason, testing::HasSubstr("mine"));
  // The pin alone was decided.
  ASSERT_EQ(simulation.journal.decisions.size(), before + 1);
  EXPECT_EQ(simulation.journal.decisions.back().reason, DecisionReason::kOperatorPin);
}

TEST_F(ShutdownTest, AHostThatRestartsWhilePinnedIsPinnedAgain) {
  ASSERT_TRUE(simulation.Until(TunerState::kHolding));
  ASSERT_TRUE(simulation.Command(command::Pin{{{"batch_size", std::int64_t{321}}}, "mine"})->ok());
  const Configuration pinned = committed();
  End();
  simulation.host.Restart();
  simulation.StartDaemon();
  EXPECT_EQ(committed(), pinned);
  EXPECT_EQ(simulation.journal.Count(DecisionReason::kHostRestarted), 1);
  EXPECT_EQ(simulation.Status().state, TunerState::kPaused);
}

TEST_F(ShutdownTest, AStopKeepsThePinAndAResumeGivesItUp) {
  ASSERT_TRUE(simulation.Until(TunerState::kHolding));
  const Configuration baseline = simulation.Status().baseline->config;
  ASSERT_TRUE(simulation.Command(command::Pin{{{"batch_size", std::int64_t{321}}}, ""})->ok());
  const Configuration pinned = committed();
  ASSERT_TRUE(simulation.Command(command::Stop{})->ok());
  End();
  EXPECT_EQ(committed(), pinned);
  simulation.StartDaemon();
  ASSERT_EQ(simulation.Status().state, TunerState::kStopped);
  ASSERT_TRUE(simulation.Command(command::Start{})->ok());
  End();
  EXPECT_EQ(committed(), baseline);
}

}  // namespace
}  // namespace trimtab
