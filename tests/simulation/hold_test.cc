// SPDX-License-Identifier: Apache-2.0
// What happens to the load while a configuration is held: it is neither held
// against a promotion nor credited to it, and when it lasts it calls for a round.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

using std::chrono::minutes;

// So slow that the throughput is a large part of the reference objective.
double Slow(const Configuration& config) { return 50 * BatchValley(config); }

class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    sim.policy.objective = {ObjectiveSpec::Kind::kReference, {}, {}};
    sim.host.latency_ms = Slow;
  }
  void HoldAPromotion() {
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
    ASSERT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
    promoted = sim.host.state().committed;
  }
  // Until the probation is told, and back to holding.
  void PassProbation() {
    sim.Seconds(150);
    ASSERT_EQ(sim.Status().state, TunerState::kHolding) << sim.Status().reason;
    ASSERT_FALSE(sim.Status().until) << sim.Status().reason;
  }
  const Decision* Find(DecisionReason reason) const {
    for (const Decision& each : sim.journal.decisions) {
      if (each.reason == reason) return &each;
    }
    return nullptr;
  }

  Simulation sim;
  Configuration promoted;
};

TEST_F(LoadTest, AFallInTheProbationIsNotHeldAgainstThePromotion) {
  sim.host.requests_per_second = 2000;
  HoldAPromotion();
  // Less than before by more than all that was gained.
  sim.host.requests_per_second = 40;
  PassProbation();
  EXPECT_EQ(sim.journal.Count(DecisionReason::kProbationFailed), 0);
  EXPECT_EQ(sim.host.state().config, promoted);
  EXPECT_EQ(sim.host.state().committed, promoted);
  ASSERT_NE(Find(DecisionReason::kConfirmed), nullptr);
  // What it is better by at that load.
  EXPECT_GT(Find(DecisionReason::kConfirmed)->observed_gain->lower_ratio, 0);
}

TEST_F(LoadTest, ARiseInTheProbationDoesNotConfirmAPromotionThatWentBad) {
  HoldAPromotion();
  const Configuration baseline = sim.Status().baseline->config;
  sim.host.requests_per_second = 2000;
  sim.host.latency_ms = [this](const Configuration& config) {
    return config == promoted ? 20000.0 : Slow(config);
  };
  sim.Seconds(150);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kConfirmed), 0);
  ASSERT_EQ(sim.journal.Count(DecisionReason::kProbationFailed), 1);
  EXPECT_LT(Find(DecisionReason::kProbationFailed)->observed_gain->upper_ratio, 0);
  EXPECT_EQ(sim.host.state().committed, baseline);
  EXPECT_EQ(sim.host.state().config, baseline);
}

TEST_F(LoadTest, AnIncidentThatMakesEverythingSlowerIsNotThePromotionsFault) {
  HoldAPromotion();
  sim.host.latency_ms = [](const Configuration& config) { return 5 * Slow(config); };
  PassProbation();
  EXPECT_EQ(sim.journal.Count(DecisionReason::kProbationFailed), 0);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kConfirmed), 1);
  EXPECT_EQ(sim.host.state().committed, promoted);
}

TEST_F(LoadTest, ADaemonKilledWhileItComparesBeginsTheProbationAnew) {
  HoldAPromotion();
  sim.host.requests_per_second = 400;
  ASSERT_TRUE(sim.Until(TunerState::kValidating, 60));
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("what was replaced"));
  while (sim.host.state().config == promoted) sim.Second();
  sim.StartDaemon();
  sim.Second();
  EXPECT_EQ(sim.host.state().config, promoted);
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("probation"));
  PassProbation();
  EXPECT_EQ(sim.journal.Count(DecisionReason::kConfirmed), 1);
}

TEST_F(LoadTest, ALoadThatChangesForGoodCallsForARound) {
  // With the load the best number of threads moves.
  sim.host.latency_ms = [this](const Configuration& config) {
    const double best = sim.host.requests_per_second > 300 ? 32 : 8;
    return 20 + 2 * std::abs(static_cast<double>(IntOf(config, "thread_pool_size")) - best);
  };
  sim.policy.hold.min_dwell = minutes(2);
  HoldAPromotion();
  ASSERT_EQ(IntOf(promoted, "thread_pool_size"), 8);
  PassProbation();
  sim.Seconds(60);
  sim.host.requests_per_second = 400;
  sim.Seconds(200);
  // It may be a peak.
  EXPECT_EQ(sim.journal.Count(DecisionReason::kDrift), 0);
  sim.Seconds(150);
  ASSERT_EQ(sim.journal.Count(DecisionReason::kDrift), 1);
  EXPECT_THAT(Find(DecisionReason::kDrift)->explanation,
              testing::HasSubstr("the load has changed from 200 to 400 requests a second"));
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(IntOf(sim.host.state().committed, "thread_pool_size"), 32);
}

TEST_F(LoadTest, SilenceAndALoadTooSmallToMeasureCallForNone) {
  sim.policy.hold.min_dwell = minutes(2);
  HoldAPromotion();
  PassProbation();
  sim.Seconds(60);
  sim.host.requests_per_second = 0;
  sim.Seconds(600);
  sim.host.requests_per_second = 5;
  sim.Seconds(600);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kDrift), 0);
}

class DwellTest : public testing::Test {
 protected:
  DwellTest() {
    sim.host.latency_ms = BatchValley;
    sim.policy.max_trials = 4;
    sim.policy.hold.min_dwell = minutes(30);
    sim.policy.hold.retune_after = minutes(30);
    sim.StartDaemon();
    EXPECT_TRUE(sim.Until(TunerState::kHolding));
    held = sim.clock.Now();
  }
  // Lets time pass up to this long after the round's end.
  void PassTo(Duration length) {
    while (sim.clock.Now() < held + length) sim.Second();
  }
  void ExpectOneRoundAfterTheDwell() {
    PassTo(minutes(30));
    EXPECT_EQ(sim.journal.Count(DecisionReason::kDrift), 0);
    PassTo(minutes(34));
    EXPECT_EQ(sim.journal.Count(DecisionReason::kDrift), 1);
  }

  Simulation sim;
  MonotonicTime held;
};

TEST_F(DwellTest, GoesOnOverRestartsOfTheDaemon) {
  for (int i = 1; i < 10; ++i) {
    PassTo(minutes(3 * i));
    sim.StartDaemon();
  }
  ExpectOneRoundAfterTheDwell();
}

TEST_F(DwellTest, GoesOnOverLostHostsPausesAndReloads) {
  for (int i = 1; i < 10; ++i) {
    PassTo(minutes(3 * i));
    sim.host.down = absl::UnavailableError("gone");
    sim.Seconds(5);
    sim.host.down = absl::OkStatus();
    sim.Seconds(5);
    sim.Command(command::Pause{});
    sim.Command(command::Resume{});
    sim.loop->Replace(sim.policy);
  }
  ExpectOneRoundAfterTheDwell();
}

TEST_F(DwellTest, ADriftThatWasSeenIsNotForgottenOverALostHost) {
  sim.policy.hold.retune_after = Duration::zero();
  sim.loop->Replace(sim.policy);
  PassTo(minutes(10));
  sim.host.latency_ms = [](const Configuration& config) { return 3 * BatchValley(config); };
  PassTo(minutes(20));
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("drifted"));
  sim.host.down = absl::UnavailableError("gone");
  sim.Seconds(5);
  sim.host.down = absl::OkStatus();
  PassTo(minutes(29));
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("drifted"));
  ExpectOneRoundAfterTheDwell();
}

}  // namespace
}  // namespace trimtab
