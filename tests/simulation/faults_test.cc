// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

// Whether the host was ever committed to something that no decision stands for.
void ExpectOnlyProvenCommits(const Simulation& sim) {
  for (const Trial& trial : sim.journal.trials) {
    if (!sim.host.EverCommitted(trial.config)) continue;
    bool decided = false;
    for (const Decision& decision : sim.journal.decisions) {
      decided = decided || decision.new_config == trial.config;
    }
    EXPECT_TRUE(decided) << trial.config.ToString();
  }
}

TEST(FaultsTest, KilledAtAnySecondTheHostIsOnItsCommittedConfigurationAndTuningGoesOn) {
  for (int second = 1; second < 160; second += 3) {
    Simulation sim;
    sim.policy.max_trials = 8;
    sim.host.latency_ms = Valley;
    sim.StartDaemon();
    sim.Seconds(second);
    sim.KillDaemon();
    // Left alone, the host goes back by itself.
    sim.Seconds(20);
    ASSERT_EQ(sim.host.state().config, sim.host.state().committed) << second;
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kHolding)) << second;
    ASSERT_EQ(sim.Status().incumbent->config, sim.host.state().committed) << second;
    ExpectOnlyProvenCommits(sim);
  }
}

TEST(FaultsTest, RestartedAtOnceTheDaemonPutsTheHostBackItself) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.Second();
  ASSERT_TRUE(sim.host.GetConfig()->lease_remaining);
  sim.KillDaemon();
  sim.StartDaemon();
  EXPECT_EQ(sim.journal.Count(DecisionReason::kRecovered), 1);
  EXPECT_TRUE(sim.Until(TunerState::kHolding));
}

TEST(FaultsTest, HostRestartedAtAnySecondTuningGoesOn) {
  for (int second = 1; second < 200; second += 7) {
    Simulation sim;
    sim.policy.max_trials = 8;
    sim.host.latency_ms = Valley;
    sim.StartDaemon();
    sim.Seconds(second);
    sim.host.Restart();
    sim.Seconds(2);
    ASSERT_TRUE(sim.Until(TunerState::kHolding)) << second;
    ASSERT_EQ(sim.Status().incumbent->config, sim.host.state().committed) << second;
    ExpectOnlyProvenCommits(sim);
  }
}

TEST(FaultsTest, HostThatComesBackWithDefaultsGetsTheProvenConfigurationAgain) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration proven = sim.Status().incumbent->config;
  ASSERT_NE(proven, sim.Status().baseline->config);
  sim.host.Restart();
  ASSERT_NE(sim.host.state().committed, proven);
  sim.Seconds(3);
  EXPECT_EQ(sim.host.state().committed, proven);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kHostRestarted), 1);
}

TEST(FaultsTest, AnOperatorsEditMidTrialIsNeverOverwritten) {
  for (int second = 1; second < 120; second += 5) {
    Simulation sim;
    sim.policy.max_trials = 8;
    sim.host.latency_ms = Valley;
    sim.StartDaemon();
    sim.Seconds(second);
    const Configuration edit{{"cache_size", std::int64_t{7777}}};
    sim.host.OperatorSets(edit);
    const Configuration edited = sim.host.state().config;
    sim.Seconds(60);
    ASSERT_EQ(sim.Status().state, TunerState::kPaused) << second;
    ASSERT_EQ(sim.host.state().config, edited) << second;
    ASSERT_EQ(sim.journal.Count(DecisionReason::kOperatorEdit), 1) << second;
    // Resumed, the edit is the new baseline.
    ASSERT_EQ(sim.Command(command::Resume{}), absl::OkStatus());
    ASSERT_TRUE(sim.Until(TunerState::kHolding)) << second;
    ASSERT_EQ(sim.Status().baseline->config, edited) << second;
  }
}

TEST(FaultsTest, AFinishedRollbackIsNeverMadeAgainOverAnOperatorsEdit) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  ASSERT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
  EXPECT_TRUE(sim.Command(command::Rollback{0, "no reason"})->ok());
  sim.Seconds(2);
  const Configuration edit{{"thread_pool_size", std::int64_t{30}}};
  sim.host.OperatorSets(edit);
  sim.Seconds(3);
  sim.KillDaemon();
  // A daemon that only watches takes the edit for its baseline; then one that
  // tunes again.
  sim.policy.mode = TuningMode::kObserve;
  sim.StartDaemon();
  sim.Command(command::Resume{});
  sim.Seconds(30);
  sim.KillDaemon();
  sim.policy.mode = TuningMode::kAuto;
  sim.StartDaemon();
  sim.Seconds(2);
  EXPECT_EQ(sim.host.state().committed.RestrictedTo(edit), edit);
}

TEST(FaultsTest, AProbationThatFailsWhereNothingMayBeAppliedIsToldOnceAndFreezes) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.policy.sla.max_latency_p99_ms = 200;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  ASSERT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
  const Configuration winner = sim.host.state().committed;
  TuningPolicy observing = sim.policy;
  observing.mode = TuningMode::kObserve;
  sim.loop->Replace(observing);
  sim.host.latency_ms = [](const Configuration&) { return 1000.0; };
  sim.Seconds(120);
  EXPECT_EQ(sim.Status().state, TunerState::kFrozen);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kProbationFailed), 0);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kFrozen), 1);
  EXPECT_EQ(sim.host.state().committed, winner);
}

TEST(FaultsTest, AHostThatIsGoneIsWaitedForAndTuningGoesOn) {
  Simulation sim;
  sim.policy.max_trials = 8;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.host.down = absl::UnavailableError("connection refused");
  sim.Seconds(60);
  EXPECT_EQ(sim.Status().state, TunerState::kHostLost);
  EXPECT_FALSE(sim.Status().latest);
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("connection refused"));
  EXPECT_EQ(sim.host.state().config, sim.host.state().committed);
  sim.host.down = absl::OkStatus();
  EXPECT_TRUE(sim.Until(TunerState::kHolding));
}

TEST(FaultsTest, AHostWhoseWindowsStayAwayWhileHoldingIsAskedAndToldOf) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  sim.Seconds(60);
  EXPECT_THAT(sim.Status().reason, testing::Not(testing::HasSubstr("no window")));
  int asked = 0;
  sim.hooks.before = [&asked](std::string_view call) {
    asked += call == "get_config";
    return absl::OkStatus();
  };
  sim.host.silent = true;
  const int patience =
      static_cast<int>(std::chrono::duration<double>(sim.policy.measure.window_timeout).count());
  sim.Seconds(3 * patience + 3);
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(sim.Status().state, TunerState::kHolding);
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("no window of metrics for"));
  EXPECT_EQ(sim.Status().silence, std::chrono::seconds(3 * patience + 3));
  EXPECT_EQ(std::count_if(sim.journal.notes.begin(), sim.journal.notes.end(),
                          [](const std::string& note) { return note.starts_with("no window"); }),
            1);
  // A host that is gone as well is known to be.
  sim.hooks.before = [](std::string_view call) {
    return call == "get_config" ? absl::DeadlineExceededError("hangs") : absl::OkStatus();
  };
  sim.Seconds(patience + 1);
  EXPECT_EQ(sim.Status().state, TunerState::kHostLost);
  sim.hooks.before = [](std::string_view) { return absl::OkStatus(); };
  sim.host.silent = false;
  EXPECT_TRUE(sim.Until(TunerState::kHolding, 60));
}

TEST(FaultsTest, SettingsThatOnlyObserveEndATrialAtOnce) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  while (sim.host.state().config == sim.host.state().committed) sim.Second();
  TuningPolicy observing = sim.policy;
  observing.mode = TuningMode::kObserve;
  sim.loop->Replace(observing);
  EXPECT_EQ(sim.host.state().config, sim.host.state().committed);
  const std::int64_t generation = sim.host.state().generation;
  sim.Seconds(60);
  EXPECT_EQ(sim.host.state().generation, generation);
  EXPECT_EQ(sim.Status().state, TunerState::kHolding);
}

TEST(FaultsTest, WhileAnotherTunerHoldsTheHostNothingIsTouched) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.host.AnotherTunerSets(Configuration{{"batch_size", std::int64_t{500}}},
                            std::chrono::seconds(40));
  const Configuration theirs = sim.host.state().config;
  std::vector<std::string> calls;
  sim.hooks.before = [&calls](std::string_view call) {
    if (call == "apply" || call == "commit" || call == "renew") calls.emplace_back(call);
    return absl::OkStatus();
  };
  sim.StartDaemon();
  sim.Seconds(30);
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("another tuner, 'another', holds the host"));
  EXPECT_EQ(sim.host.state().config, theirs);
  // Not by an operator's command either, and not at the end.
  EXPECT_EQ(sim.Command(command::Pause{}), absl::OkStatus());
  EXPECT_EQ(sim.Command(command::Resume{}), absl::OkStatus());
  EXPECT_THAT(calls, testing::IsEmpty());
  // Once it is gone, ours goes on.
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
}

// The daemon stands still for longer than the lease, then goes on.
void StandStill(Simulation& sim) {
  sim.clock.Advance(sim.policy.lease + std::chrono::seconds(2));
  sim.host.Tick();
  sim.Second();
}

void ExpectALapsedLeaseIsNoEdit(Simulation& sim) {
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  while (sim.host.state().config == sim.host.state().committed) sim.Second();
  const std::optional<ScoredConfiguration> baseline = sim.Status().baseline;
  ASSERT_TRUE(baseline);
  StandStill(sim);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kOperatorEdit), 0);
  ASSERT_TRUE(sim.Status().baseline);
  EXPECT_EQ(sim.Status().baseline->config, baseline->config);
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
}

TEST(FaultsTest, ALeaseThatRanOutOnAHostOfItsOwnDefaultsIsNoOperatorsEdit) {
  Simulation sim;
  ExpectALapsedLeaseIsNoEdit(sim);
}

TEST(FaultsTest, ALeaseThatRanOutOnAHostThatAnOperatorSetBeforeIsNoOperatorsEdit) {
  Simulation sim;
  sim.host.OperatorSets(Configuration{{"batch_size", std::int64_t{200}}});
  ExpectALapsedLeaseIsNoEdit(sim);
}

TEST(FaultsTest, AnOperatorWhoGoesBackToTheCommittedConfigurationMidTrialIsGivenWayTo) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  while (sim.host.state().config == sim.host.state().committed) sim.Second();
  sim.host.OperatorSets(sim.host.state().committed);
  sim.Seconds(2);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kOperatorEdit), 1);
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
}

TEST(FaultsTest, TheHostStaysReservedWhileNothingIsOnTrial) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  const auto reserved = [&sim] {
    for (int i = 0; i < 40; ++i) {
      sim.Second();
      if (sim.host.GetConfig()->holder_tuner_id != "tuner-1") return false;
    }
    return true;
  };
  sim.Second();
  ASSERT_EQ(sim.Status().state, TunerState::kBaseline);
  EXPECT_EQ(sim.host.GetConfig()->holder_tuner_id, "tuner-1");
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_TRUE(reserved());
  // Frozen, too.
  sim.policy.sla.max_latency_p99_ms = 1;
  sim.loop->Replace(sim.policy);
  ASSERT_TRUE(sim.Until(TunerState::kFrozen));
  EXPECT_TRUE(reserved());
  EXPECT_EQ(sim.Status().state, TunerState::kFrozen);
  // Who may not change it doesn't keep others from it.
  sim.policy.mode = TuningMode::kObserve;
  sim.loop->Replace(sim.policy);
  sim.Seconds(20);
  EXPECT_EQ(sim.host.GetConfig()->holder_tuner_id, "");
}

TEST(FaultsTest, EndingWhileAnotherTunerHoldsTheHostLeavesItAlone) {
  Simulation sim;
  sim.host.AnotherTunerSets(Configuration{{"batch_size", std::int64_t{500}}},
                            std::chrono::seconds(40));
  sim.StartDaemon();
  sim.Second();
  bool applied = false;
  sim.hooks.before = [&applied](std::string_view call) {
    applied = applied || call == "apply";
    return absl::OkStatus();
  };
  sim.loop->Drive(control::event::ShutDown{});
  EXPECT_TRUE(sim.loop->finished());
  EXPECT_FALSE(applied);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kShutdown), 0);
}

TEST(FaultsTest, AnotherTunerInMidTrialIsGivenWayTo) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.host.AnotherTunerSets(Configuration{{"batch_size", std::int64_t{777}}},
                            std::chrono::seconds(20));
  const Configuration theirs = sim.host.state().config;
  for (int i = 0; i < 15; ++i) {
    sim.Second();
    ASSERT_EQ(sim.host.state().config, theirs);
  }
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kOperatorEdit), 1);
}

TEST(FaultsTest, AProbationWithoutTrafficGoesOnUntilItSaysSomething) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  sim.host.requests_per_second = 0;
  sim.Seconds(100);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kConfirmed), 0);
  sim.host.requests_per_second = 200;
  sim.Seconds(30);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kConfirmed), 1);
}

TEST(FaultsTest, ACandidateThatWaitsForApprovalIsNotHeldAgainstAnIncident) {
  Simulation sim;
  sim.policy.mode = TuningMode::kApprove;
  sim.policy.sla.max_latency_p99_ms = 100;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kAwaitingApproval));
  sim.host.latency_ms = [](const Configuration&) { return 300.0; };
  ASSERT_TRUE(sim.Until(TunerState::kFrozen, 20));
  EXPECT_EQ(sim.host.state().config, sim.Status().baseline->config);
  EXPECT_FALSE(sim.Command(command::Approve{})->ok());
  sim.host.latency_ms = Valley;
  EXPECT_TRUE(sim.Until(TunerState::kHolding, 60));
}

TEST(FaultsTest, ASpaceThatDoesNotFitTheHostIsRefusedByName) {
  Simulation sim;
  Dimension dimension;
  dimension.name = "cache_sise";
  dimension.values = {std::int64_t{1}, std::int64_t{2}};
  sim.policy.space = SearchSpace::Create({dimension}).value();
  sim.StartDaemon();
  sim.Seconds(2);
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("cache_sise"));
  EXPECT_EQ(sim.host.state().generation, 1);
}

TEST(FaultsTest, AnIncumbentThatBreaksTheSlaMidRoundFreezesAndIsRecordedOnce) {
  Simulation sim;
  sim.policy.incumbent_every = 2;
  sim.policy.sla.max_latency_p99_ms = 100;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.host.latency_ms = [&sim](const Configuration& config) {
    return config == sim.host.state().committed ? 300.0 : 50.0;
  };
  ASSERT_TRUE(sim.Until(TunerState::kFrozen, 200));
  for (std::size_t i = 1; i < sim.journal.trials.size(); ++i) {
    EXPECT_LT(sim.journal.trials[i - 1].id, sim.journal.trials[i].id);
  }
}

TEST(FaultsTest, AFullDiskPausesWithTheHostRestoredAndLosesNoRecord) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.store.write_error = absl::ResourceExhaustedError("disk full");
  ASSERT_TRUE(sim.Until(TunerState::kPaused, 60));
  EXPECT_THAT(sim.Status().reason, testing::HasSubstr("disk full"));
  EXPECT_EQ(sim.host.state().config, sim.host.state().committed);
  sim.Seconds(100);
  EXPECT_EQ(sim.host.state().config, sim.host.state().committed);
  sim.store.write_error = absl::OkStatus();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const auto stored = sim.store.ListTrials(sim.Status().study_id, 0, 1000);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->size(), sim.journal.trials.size());
}

TEST(FaultsTest, AFullDiskKeepsNoFailedProbationInForce) {
  Simulation sim;
  bool slow = false;
  sim.host.latency_ms = [&slow](const Configuration& config) {
    return slow && IntOf(config, "thread_pool_size") == 16 ? 500 : Valley(config);
  };
  sim.policy.sla.max_latency_p99_ms = 200;
  sim.policy.hold.probation = std::chrono::minutes(10);
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration baseline = sim.Status().baseline->config;
  ASSERT_EQ(IntOf(sim.host.state().committed, "thread_pool_size"), 16);
  sim.store.write_error = absl::ResourceExhaustedError("disk full");
  sim.Seconds(100);
  EXPECT_EQ(sim.Status().state, TunerState::kHolding);
  slow = true;
  sim.Seconds(10);
  EXPECT_EQ(sim.host.state().committed, baseline);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kProbationFailed), 1);
  // It is told at intervals, not with every window.
  const auto told = std::count_if(
      sim.journal.notes.begin(), sim.journal.notes.end(),
      [](const std::string& note) { return note.find("disk full") != std::string::npos; });
  EXPECT_GE(told, 1);
  EXPECT_LE(told, 10);
  // And nothing is lost once it can be written again.
  sim.store.write_error = absl::OkStatus();
  sim.Seconds(120);
  const auto stored = sim.store.ListDecisions(sim.Status().study_id, 0, 1000);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->size(), sim.journal.decisions.size());
}

}  // namespace
}  // namespace trimtab
