// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

// Best at 16 threads and a batch of 500; four times better than the default.
TEST(TuningTest, LeavesTheHostOnAProvenBetterConfiguration) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
  const TunerStatus status = sim.Status();
  ASSERT_TRUE(status.gain);
  EXPECT_GT(status.gain->lower_ratio, sim.policy.validation.min_gain_ratio);
  EXPECT_EQ(sim.host.state().config, status.incumbent->config);
  EXPECT_EQ(sim.host.state().committed, status.incumbent->config);
  EXPECT_LT(BatchValley(status.incumbent->config), BatchValley(status.baseline->config));
}

TEST(TuningTest, ConfirmsThePromotionAfterItsProbation) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  sim.Seconds(30);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kConfirmed), 1);
}

TEST(TuningTest, APromotionIsJudgedByWhatItWasComparedWith) {
  // The load rises after the baseline was measured: everything is worse than the
  // baseline was then, and the winner still better than the baseline is now.
  Simulation sim;
  double load = 1;
  sim.host.latency_ms = [&load](const Configuration& config) { return load * BatchValley(config); };
  // The baseline's own score is out of date: candidates are compared with it as
  // measured anew.
  sim.policy.incumbent_every = 1;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kSettling));
  load = 20;
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  if (sim.journal.Count(DecisionReason::kPromoted) == 0) GTEST_FAIL() << "nothing was promoted";
  const TunerStatus status = sim.Status();
  ASSERT_TRUE(status.reference);
  EXPECT_EQ(status.reference->config, status.baseline->config);
  EXPECT_LT(status.reference->score->value, status.baseline->score->value);
  sim.Seconds(30);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kConfirmed), 1);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kProbationFailed), 0);
}

TEST(TuningTest, TakesBackAPromotionThatGoesBadInItsProbation) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration baseline = sim.Status().baseline->config;
  const Configuration promoted = sim.host.state().committed;
  sim.host.latency_ms = [promoted](const Configuration& config) {
    return config == promoted ? 400.0 : BatchValley(config);
  };
  sim.Seconds(150);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kProbationFailed), 1);
  EXPECT_EQ(sim.host.state().committed, baseline);
}

TEST(TuningTest, EqualConfigurationsAreNotPromoted) {
  // 40 rounds in which nothing differs; at a rate of 5 % more than 6 promotions
  // happen in 1 run of 100, and the seeds are fixed.
  int promoted = 0;
  for (int run = 0; run < 40; ++run) {
    Simulation sim;
    sim.policy.max_trials = 6;
    sim.policy.seed = static_cast<std::uint64_t>(run);
    sim.policy.validation.min_gain_ratio = 0;
    sim.host.noise = 0.2;
    sim.StartDaemon();
    for (int i = 0; i < run; ++i) sim.host.CloseWindow();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
    promoted += sim.journal.Count(DecisionReason::kPromoted);
  }
  EXPECT_LE(promoted, 6);
}

TEST(TuningTest, ErrorsThatFailFastDoNotWinUnderAnyObjective) {
  const std::vector<ObjectiveSpec> objectives = {
      {ObjectiveSpec::Kind::kMinimize, Metric::kLatencyP99Ms, {}},
      {ObjectiveSpec::Kind::kReference, {}, {}},
      {ObjectiveSpec::Kind::kWeighted, {}, {{Metric::kLatencyP99Ms, 1}}}};
  for (const ObjectiveSpec& objective : objectives) {
    Simulation sim;
    sim.policy.objective = objective;
    const auto fails = [](const Configuration& config) {
      return IntOf(config, "batch_size") > 500;
    };
    sim.host.errors_of = [fails](const Configuration& config) {
      return fails(config) ? 30.0 : 0.5;
    };
    sim.host.latency_ms = [fails](const Configuration& config) {
      return fails(config) ? 1.0 : BatchValley(config);
    };
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
    // Something that answers is better too, and is what wins.
    EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1) << objective.ToString();
    EXPECT_FALSE(fails(sim.host.state().committed)) << objective.ToString();
  }
}

TEST(TuningTest, ErrorsThatShowOnlyInTheValidationRefuseTheCandidate) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kValidating));
  const Configuration candidate = sim.Status().candidate->config;
  sim.host.errors_of = [candidate](const Configuration& config) {
    return config == candidate ? 5.0 : 1.0;
  };
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_FALSE(sim.host.EverCommitted(candidate));
  EXPECT_THAT(sim.journal.decisions,
              testing::Contains(testing::Field(
                  &Decision::explanation,
                  testing::HasSubstr("fails 5 % of its requests where the incumbent fails 1 %"))));
}

TEST(TuningTest, ARisingLoadIsNotCreditedToACandidate) {
  Simulation sim;
  double load = 1;
  sim.host.latency_ms = [&load](const Configuration&) { return 100 / load; };
  sim.StartDaemon();
  for (int i = 0; i < 2000 && sim.Status().state != TunerState::kHolding; ++i) {
    load *= 1.0005;
    sim.Second();
  }
  EXPECT_EQ(sim.Status().state, TunerState::kHolding);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 0);
}

TEST(TuningTest, NoTrafficIsNeverAScore) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.host.requests_per_second = 0;
  sim.StartDaemon();
  sim.Seconds(100);
  EXPECT_EQ(sim.Status().state, TunerState::kBaseline);
  EXPECT_FALSE(sim.Status().baseline);
  sim.host.requests_per_second = 200;
  EXPECT_TRUE(sim.Until(TunerState::kHolding));
}

TEST(TuningTest, NoTrafficBreaksNoDemandForThroughput) {
  Simulation sim;
  sim.policy.sla.min_throughput_ops_per_second = 100;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  while (sim.host.state().config == sim.host.state().committed) sim.Second();
  sim.host.requests_per_second = 0;
  const std::size_t before = sim.journal.trials.size();
  sim.Seconds(120);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kSlaBreach), 0);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kFrozen), 0);
  ASSERT_GT(sim.journal.trials.size(), before);
  for (std::size_t i = before; i < sim.journal.trials.size(); ++i) {
    EXPECT_EQ(sim.journal.trials[i].verdict, Verdict::kInconclusive)
        << sim.journal.trials[i].reason;
  }
  EXPECT_EQ(sim.Status().sla_budget.in_breach, Duration::zero());
  sim.host.requests_per_second = 200;
  EXPECT_TRUE(sim.Until(TunerState::kHolding));
}

TEST(TuningTest, AfterADriftANewRoundFindsTheNewBest) {
  Simulation sim;
  sim.policy.hold.min_dwell = std::chrono::minutes(2);
  double best_threads = 16;
  double load = 1;
  sim.host.latency_ms = [&](const Configuration& config) {
    return load * (20 + 2 * std::abs(static_cast<double>(IntOf(config, "thread_pool_size")) -
                                     best_threads));
  };
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  ASSERT_EQ(IntOf(sim.host.state().committed, "thread_pool_size"), 16);
  const Configuration baseline = sim.Status().baseline->config;
  sim.Seconds(200);
  // All is twice as slow, and the best is elsewhere: what was best scores less
  // than half of what it did.
  load = 2;
  best_threads = 32;
  const std::int64_t round = sim.Status().round;
  const MonotonicTime drifted = sim.clock.Now();
  for (int i = 0; i < 1000 && sim.journal.Count(DecisionReason::kDrift) == 0; ++i) sim.Second();
  ASSERT_EQ(sim.journal.Count(DecisionReason::kDrift), 1);
  EXPECT_LT(sim.clock.Now() - drifted, std::chrono::minutes(3));
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.Status().round, round + 1);
  EXPECT_EQ(IntOf(sim.host.state().committed, "thread_pool_size"), 32);
  // Gains are told against the first baseline, whatever came between.
  EXPECT_EQ(sim.Status().baseline->config, baseline);
}

TEST(TuningTest, RoundsKeepTheirDistance) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.policy.max_trials = 4;
  sim.policy.hold.min_dwell = std::chrono::minutes(10);
  sim.policy.hold.retune_after = std::chrono::minutes(1);
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  for (int round = 0; round < 4; ++round) {
    const MonotonicTime held = sim.clock.Now();
    while (sim.Status().state == TunerState::kHolding) sim.Second();
    EXPECT_GE(sim.clock.Now() - held, std::chrono::minutes(10));
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
  }
}

class ReplicasTest : public testing::TestWithParam<const char*> {};

TEST_P(ReplicasTest, DoNotExploreInLockstep) {
  const auto tried = [](const std::string& instance) {
    Simulation sim;
    sim.policy.strategy = GetParam();
    sim.host.instance = instance;
    sim.host.latency_ms = BatchValley;
    sim.StartDaemon();
    EXPECT_TRUE(sim.Until(TunerState::kHolding));
    std::vector<std::string> configs;
    for (const Trial& trial : sim.journal.trials) {
      if (trial.purpose == TrialPurpose::kCandidate) configs.push_back(trial.config.ToString());
    }
    return configs;
  };
  EXPECT_EQ(tried("one"), tried("one"));
  EXPECT_NE(tried("one"), tried("two"));
}

INSTANTIATE_TEST_SUITE_P(Strategies, ReplicasTest,
                         testing::Values("bayes", "grid", "random", "sobol"),
                         [](const testing::TestParamInfo<const char*>& info) {
                           return std::string(info.param);
                         });

TEST(TuningTest, ReplicasDoNotBeginTheirNextRoundAtOnce) {
  std::set<std::int64_t> dwelt;
  for (int i = 0; i < 8; ++i) {
    Simulation sim;
    sim.host.instance = "replica-" + std::to_string(i);
    sim.host.latency_ms = BatchValley;
    sim.policy.max_trials = 2;
    sim.policy.hold.min_dwell = std::chrono::hours(1);
    sim.policy.hold.retune_after = std::chrono::minutes(1);
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
    const MonotonicTime held = sim.clock.Now();
    while (sim.journal.Count(DecisionReason::kDrift) == 0) sim.Second();
    dwelt.insert(std::chrono::duration_cast<std::chrono::seconds>(sim.clock.Now() - held).count());
  }
  EXPECT_GE(*dwelt.begin(), 3600);
  EXPECT_LE(*dwelt.rbegin(), 3600 + 360 + 1);
  EXPECT_GE(dwelt.size(), 6u);
}

TEST(TuningTest, WindowsThatAreAllRefusedAreNamedInTheReason) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.host.silent = true;
  for (int i = 0; i < 20; ++i) {
    sim.loop->Drive(control::event::WindowMalformed{"nan"});
    sim.Second();
  }
  ASSERT_FALSE(sim.journal.trials.empty());
  EXPECT_EQ(sim.journal.trials.back().verdict, Verdict::kInconclusive);
  EXPECT_THAT(sim.journal.trials.back().reason, testing::HasSubstr("refused: nan"));
}

TEST(TuningTest, TrafficThatStopsMidRoundPausesWithAReason) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.host.requests_per_second = 0;
  ASSERT_TRUE(sim.Until(TunerState::kPaused, 200));
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("requests"));
  EXPECT_FALSE(sim.host.GetConfig()->lease_remaining);
  for (const Trial& trial : sim.journal.trials) {
    if (trial.measurement.requests == 0) {
      EXPECT_FALSE(trial.score);
    }
  }
}

TEST(TuningTest, ANightWithoutTrafficUsesUpNoTrialsAndLeavesTheHostAlone) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.host.requests_per_second = 0;
  sim.Seconds(300);
  const std::int64_t generation = sim.host.state().generation;
  const std::size_t trials = sim.journal.trials.size();
  sim.Seconds(3 * 3600);
  EXPECT_EQ(sim.host.state().generation, generation);
  EXPECT_EQ(sim.journal.trials.size(), trials);
  sim.host.requests_per_second = 200;
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
  int measured = 0;
  for (const Trial& trial : sim.journal.trials) {
    measured += trial.purpose == TrialPurpose::kCandidate && trial.score.has_value();
  }
  EXPECT_EQ(measured, sim.policy.max_trials);
}

TEST(TuningTest, SilenceInItsValidationIsNotHeldAgainstACandidate) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kValidating));
  sim.host.requests_per_second = 0;
  sim.Seconds(600);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kNotProven), 0);
  EXPECT_EQ(sim.host.state().config, sim.host.state().committed);
  sim.host.requests_per_second = 200;
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
}

TEST(TuningTest, ACandidateUnderWhichTheRequestsStayAwayIsRefusedInTheEnd) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.policy.validation.finalists = 1;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kValidating));
  const Configuration committed = sim.host.state().committed;
  for (int i = 0; i < 3000 && sim.Status().state != TunerState::kHolding; ++i) {
    sim.host.requests_per_second = sim.host.state().config == committed ? 200 : 0;
    sim.Second();
  }
  EXPECT_EQ(sim.Status().state, TunerState::kHolding);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kNotProven), 1);
  EXPECT_EQ(sim.host.state().committed, committed);
}

TEST(TuningTest, TheHostIsChangedNoMoreOftenThanTheGuardAllows) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.policy.guard.max_changes_per_hour = 10;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kPaused));
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("guard.max_changes_per_hour"));
  const std::int64_t generation = sim.host.state().generation;
  // Ten, the way back, and none before the hour is over; the host stays reserved.
  EXPECT_LE(generation, 1 + 10 + 1);
  sim.Seconds(45 * 60);
  EXPECT_EQ(sim.host.state().generation, generation);
  EXPECT_EQ(sim.host.state().config, sim.host.state().committed);
  EXPECT_EQ(sim.host.GetConfig()->holder_tuner_id, "tuner-1");
  ASSERT_TRUE(sim.Until(TunerState::kHolding, 24 * 3600));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
}

TEST(TuningTest, AHostThatTakesNothingIsNotStormedWithChanges) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.host.clamp_batch_size = 50;
  sim.policy.incumbent_every = 0;
  sim.StartDaemon();
  int most = 0;
  for (int i = 0; i < 600; ++i) {
    const std::int64_t before = sim.host.state().generation;
    sim.Second();
    most = std::max(most, static_cast<int>(sim.host.state().generation - before));
  }
  // A candidate and the way back.
  EXPECT_EQ(most, 2);
  EXPECT_FALSE(sim.journal.trials.empty());
}

TEST(TuningTest, ACandidateThatBreaksTheSlaIsTakenBackAtOnce) {
  Simulation sim;
  sim.policy.sla.max_latency_p99_ms = 100;
  sim.policy.guard.exploration_breach_ratio = 1;
  sim.host.latency_ms = [](const Configuration& config) {
    return IntOf(config, "thread_pool_size") >= 16 ? 500.0 : 50.0;
  };
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_GT(sim.journal.Count(DecisionReason::kSlaBreach), 0);
  for (const Trial& trial : sim.journal.trials) {
    if (IntOf(trial.config, "thread_pool_size") < 16) continue;
    EXPECT_EQ(trial.verdict, Verdict::kFailed) << trial.reason;
    EXPECT_LE(trial.measurement.windows, sim.policy.guard.breach_windows);
  }
  EXPECT_LT(IntOf(sim.host.state().config, "thread_pool_size"), 16);
}

TEST(TuningTest, ExplorationEndsWhenItsBreachBudgetIsSpent) {
  Simulation sim;
  sim.policy.sla.max_latency_p99_ms = 100;
  sim.policy.guard.exploration_breach_ratio = 0.01;
  sim.policy.guard.exploration_breach_grace = std::chrono::seconds(3);
  sim.host.latency_ms = [](const Configuration& config) {
    return IntOf(config, "thread_pool_size") == 4 ? 50.0 : 500.0;
  };
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kBudgetSpent), 1);
  EXPECT_LT(sim.Status().trials_done, sim.policy.max_trials);
  // The incumbent stays, and nothing is validated any more.
  for (const Configuration& each : sim.host.committed()) {
    EXPECT_EQ(each, sim.host.committed().front());
  }
  for (const Trial& trial : sim.journal.trials) {
    EXPECT_NE(trial.purpose, TrialPurpose::kValidation);
  }
}

TEST(TuningTest, AnIncidentFreezesTuningAndTheBaselineIsNotLearntFromIt) {
  Simulation sim;
  sim.policy.sla.max_latency_p99_ms = 100;
  sim.host.latency_ms = [](const Configuration&) { return 300.0; };
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kFrozen, 100));
  EXPECT_FALSE(sim.Status().baseline);
  sim.host.latency_ms = BatchValley;
  EXPECT_TRUE(sim.Until(TunerState::kHolding));
}

TEST(TuningTest, AClampingHostFailsTheTrialAndTuningGoesOn) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.host.clamp_batch_size = 600;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  int clamped = 0;
  for (const Trial& trial : sim.journal.trials) {
    if (IntOf(trial.config, "batch_size") <= 600) continue;
    ++clamped;
    EXPECT_EQ(trial.verdict, Verdict::kFailed);
    EXPECT_THAT(trial.reason, testing::HasSubstr("clamped"));
  }
  EXPECT_GT(clamped, 0);
}

}  // namespace
}  // namespace trimtab
