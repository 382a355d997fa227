// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

using testing::HasSubstr;

TEST(ModesTest, ObserveAndRecommendNeverApply) {
  for (const TuningMode mode : {TuningMode::kObserve, TuningMode::kRecommend}) {
    Simulation sim;
    sim.policy.mode = mode;
    sim.host.latency_ms = Valley;
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
    sim.Seconds(100);
    EXPECT_EQ(sim.host.state().generation, 1);
    EXPECT_EQ(sim.journal.Count(DecisionReason::kRecommended),
              mode == TuningMode::kRecommend ? 1 : 0);
  }
}

TEST(ModesTest, ApproveWaitsForTheOperator) {
  Simulation sim;
  sim.policy.mode = TuningMode::kApprove;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kAwaitingApproval));
  sim.Seconds(300);
  ASSERT_EQ(sim.Status().state, TunerState::kAwaitingApproval);
  EXPECT_EQ(sim.host.state().config, sim.Status().baseline->config);
  const Configuration candidate = sim.Status().candidate->config;
  ASSERT_EQ(sim.Command(command::Approve{}), absl::OkStatus());
  EXPECT_EQ(sim.host.state().committed, candidate);
  EXPECT_EQ(sim.Status().state, TunerState::kHolding);
}

TEST(CommandsTest, PauseRestoresAndResumeGoesOn) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  ASSERT_EQ(sim.Command(command::Pause{{}, "lunch"}), absl::OkStatus());
  EXPECT_EQ(sim.host.state().config, sim.host.state().committed);
  sim.Seconds(100);
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
  ASSERT_EQ(sim.Command(command::Resume{}), absl::OkStatus());
  EXPECT_TRUE(sim.Until(TunerState::kHolding));
}

TEST(CommandsTest, RollbackGoesToTheBaselineAndPinToWhatWasAsked) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration baseline = sim.Status().baseline->config;
  ASSERT_NE(sim.host.state().committed, baseline);
  ASSERT_EQ(sim.Command(command::Rollback{}), absl::OkStatus());
  EXPECT_EQ(sim.host.state().committed, baseline);
  ASSERT_EQ(sim.Command(command::Pin{Configuration{{"batch_size", std::int64_t{321}}}, ""}),
            absl::OkStatus());
  EXPECT_EQ(*sim.host.state().committed.Find("batch_size"), ParameterValue{std::int64_t{321}});
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
}

TEST(CommandsTest, ARuleForbidsAPinButNoWayBackToABaselineThatBreaksIt) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  const absl::StatusOr<Rule> rule = Rule::Parse("thread_pool_size >= 8");
  ASSERT_TRUE(rule.ok()) << rule.status();
  sim.policy.space = *SearchSpace::Create(DefaultSearchSpace().dimensions(), {*rule});
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration baseline = sim.Status().baseline->config;
  ASSERT_EQ(IntOf(baseline, "thread_pool_size"), 4);
  ASSERT_NE(sim.host.state().committed, baseline);
  EXPECT_EQ(sim.Command(command::Pin{baseline, ""})->code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(sim.Command(command::Rollback{}), absl::OkStatus());
  EXPECT_EQ(sim.host.state().committed, baseline);
}

TEST(CommandsTest, APinThatCannotBeStoredIsRefusedAndChangesNothing) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const ConfigState before = sim.host.state();
  sim.store.write_error = absl::ResourceExhaustedError("the disk is full");
  const std::optional<absl::Status> answer =
      sim.Command(command::Pin{Configuration{{"batch_size", std::int64_t{321}}}, ""});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(sim.host.state().generation, before.generation);
  sim.store.write_error = absl::OkStatus();
  EXPECT_TRUE(sim.Until(TunerState::kHolding, 200));
}

TEST(CommandsTest, ShutDownLeavesTheHostCommitted) {
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
  sim.loop->Drive(control::event::ShutDown{});
  EXPECT_TRUE(sim.loop->finished());
  EXPECT_EQ(sim.host.state().config, sim.host.state().committed);
}

TEST(CommandsTest, APauseAndAStopAreTakenWhileTheHostIsLost) {
  for (const bool stop : {false, true}) {
    Simulation sim;
    sim.host.latency_ms = Valley;
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kMeasuring));
    sim.host.down = absl::UnavailableError("gone");
    sim.Seconds(30);
    ASSERT_EQ(sim.Status().state, TunerState::kHostLost);
    ASSERT_EQ(stop ? sim.Command(command::Stop{"night"}) : sim.Command(command::Pause{{}, "night"}),
              absl::OkStatus());
    EXPECT_EQ(sim.Status().state, TunerState::kHostLost);
    const std::size_t trials = sim.journal.trials.size();
    sim.host.down = absl::OkStatus();
    EXPECT_TRUE(sim.Until(stop ? TunerState::kStopped : TunerState::kPaused, 60));
    sim.Seconds(60);
    EXPECT_THAT(sim.Status().reason, HasSubstr("night"));
    EXPECT_EQ(sim.journal.trials.size(), trials);
    ASSERT_EQ(stop ? sim.Command(command::Start{}) : sim.Command(command::Resume{}),
              absl::OkStatus());
    EXPECT_TRUE(sim.Until(TunerState::kHolding));
  }
}

TEST(CommandsTest, WithoutAHostNothingCanBeSteeredAndTheRefusalNamesTheState) {
  Simulation sim;
  sim.host.down = absl::UnavailableError("gone");
  sim.StartDaemon();
  for (const Command& command : {Command(command::Pause{}), Command(command::Stop{}),
                                 Command(command::Rollback{}), Command(command::Approve{})}) {
    const std::optional<absl::Status> answer = sim.Command(command);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(answer->message()), HasSubstr("in the state connecting"));
  }
}

TEST(CommandsTest, WhatAnOperatorSaidOutlivesAnotherObjective) {
  const auto reload = [](Simulation& sim) {
    TuningPolicy other = sim.policy;
    other.objective = {ObjectiveSpec::Kind::kReference, {}, {}};
    sim.loop->Replace(other);
    sim.Seconds(60);
  };
  Simulation sim;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  ASSERT_TRUE(sim.Command(command::Pin{{{"batch_size", std::int64_t{321}}}, "mine"})->ok());
  const ConfigState pinned = sim.host.state();
  reload(sim);
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
  EXPECT_EQ(sim.host.state().generation, pinned.generation);
  ASSERT_EQ(sim.Command(command::Resume{}), absl::OkStatus());
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  // The tuning of the new study began with what was pinned.
  EXPECT_EQ(sim.Status().baseline->config, pinned.committed);

  ASSERT_EQ(sim.Command(command::Stop{}), absl::OkStatus());
  sim.loop->Replace(sim.policy);
  sim.Seconds(60);
  EXPECT_EQ(sim.Status().state, TunerState::kStopped);
  // So it does where the daemon itself is started anew with it.
  sim.KillDaemon();
  sim.policy.objective = {ObjectiveSpec::Kind::kMaximize, Metric::kThroughputOpsPerSecond, {}};
  sim.StartDaemon();
  sim.Seconds(60);
  EXPECT_EQ(sim.Status().state, TunerState::kStopped);
}

TEST(CommandsTest, AnImportBringsANewRecommendation) {
  Simulation sim;
  sim.policy.mode = TuningMode::kRecommend;
  sim.host.latency_ms = Valley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  ASSERT_EQ(sim.journal.Count(DecisionReason::kRecommended), 1);
  EXPECT_THAT(sim.journal.decisions.back().explanation, HasSubstr("nothing known of its score"));
  EXPECT_FALSE(sim.journal.decisions.back().expected_gain);
  Trial better;
  better.config = sim.Status().baseline->config.With({{"thread_pool_size", std::int64_t{16}}});
  better.score = Score{2 * sim.Status().baseline->score->value, 0.001};
  better.score->value = std::abs(better.score->value);
  better.measurement.requests = 1000;
  better.measurement.metrics = sim.Status().baseline->metrics;
  ASSERT_EQ(sim.Command(command::Import{{better}}), absl::OkStatus());
  ASSERT_EQ(sim.journal.Count(DecisionReason::kRecommended), 2);
  EXPECT_EQ(sim.journal.decisions.back().new_config, better.config);
  EXPECT_TRUE(sim.journal.decisions.back().expected_gain);
  EXPECT_EQ(sim.host.committed().size(), 1u);
}

}  // namespace
}  // namespace trimtab
