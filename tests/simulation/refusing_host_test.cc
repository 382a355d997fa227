// SPDX-License-Identifier: Apache-2.0
// Hosts that clamp, reject or abort what is asked of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

using testing::HasSubstr;

TEST(RefusingHostTest, APinThatTheHostClampsIsNeverCommitted) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration committed = sim.host.state().committed;
  sim.host.clamp_batch_size = 600;
  const std::optional<absl::Status> answer =
      sim.Command(command::Pin{Configuration{{"batch_size", std::int64_t{900}}}, ""});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(answer->message()), HasSubstr("in force is 600"));
  EXPECT_EQ(sim.host.state().config, committed);
  EXPECT_EQ(sim.host.state().committed, committed);
  EXPECT_FALSE(
      sim.host.EverCommitted(committed.With(Configuration{{"batch_size", std::int64_t{600}}})));
  // It is no pin, and tuning goes on.
  EXPECT_TRUE(sim.Until(TunerState::kHolding, 200));
}

TEST(RefusingHostTest, AProvenConfigurationThatARestartedHostClampsIsNotCommitted) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.policy.hold.probation = Duration::zero();
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration winner = sim.host.state().committed;
  ASSERT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
  ASSERT_EQ(IntOf(winner, "batch_size"), 500);
  sim.host.clamp_batch_size = 300;
  sim.host.Restart();
  const Configuration defaults = sim.host.state().committed;
  sim.Seconds(20);
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
  EXPECT_THAT(sim.Status().reason, HasSubstr("clamped"));
  EXPECT_EQ(sim.host.state().config, defaults);
  EXPECT_EQ(sim.host.state().committed, defaults);
  for (const Configuration& each : sim.host.committed()) {
    EXPECT_TRUE(each == winner || each == defaults) << each.ToString();
  }
  // Once it takes it, it is committed.
  sim.host.clamp_batch_size.reset();
  ASSERT_TRUE(sim.Until(TunerState::kHolding, 200));
  EXPECT_EQ(sim.host.state().committed, winner);
}

TEST(RefusingHostTest, AHostThatRefusesItsOwnGenerationIsPausedForAndTriedAgain) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.hooks.before = [](std::string_view call) {
    return call == "apply" ? absl::AbortedError("generation") : absl::OkStatus();
  };
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kPaused, 100));
  EXPECT_THAT(sim.Status().reason, HasSubstr("generation that it reports"));
  sim.hooks = {};
  EXPECT_TRUE(sim.Until(TunerState::kHolding));
}

TEST(RefusingHostTest, ACommitThatIsRefusedLeavesTheHostCommittedToWhatItWas) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.hooks.before = [](std::string_view call) {
    return call == "commit" ? absl::InvalidArgumentError("no") : absl::OkStatus();
  };
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kPaused));
  EXPECT_EQ(sim.host.state().config, sim.Status().baseline->config);
  EXPECT_EQ(sim.host.state().committed, sim.Status().baseline->config);
  sim.hooks = {};
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
}

TEST(RefusingHostTest, ARollbackThatTheHostClampsCommitsNothing) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.host.OperatorSets(Configuration{{"batch_size", std::int64_t{2000}}});
  const Configuration defaults = sim.host.committed().front();
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration winner = sim.host.state().committed;
  const Configuration baseline = sim.Status().baseline->config;
  ASSERT_NE(winner, baseline);
  sim.host.clamp_batch_size = 1000;
  const std::optional<absl::Status> answer = sim.Command(command::Rollback{});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kOperatorRollback), 0);
  sim.Seconds(60);
  for (const Configuration& each : sim.host.committed()) {
    EXPECT_TRUE(each == winner || each == baseline || each == defaults) << each.ToString();
  }
  EXPECT_EQ(sim.Status().state, TunerState::kPaused);
  // Once it takes it, it is made.
  sim.host.clamp_batch_size.reset();
  ASSERT_EQ(sim.Command(command::Rollback{}), absl::OkStatus());
  EXPECT_EQ(sim.host.state().committed, baseline);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kOperatorRollback), 1);
}

TEST(RefusingHostTest, AnApprovalIsAnsweredByWhatBecameOfIt) {
  const auto waiting = [] {
    auto sim = std::make_unique<Simulation>();
    sim->policy.mode = TuningMode::kApprove;
    sim->host.latency_ms = BatchValley;
    sim->StartDaemon();
    EXPECT_TRUE(sim->Until(TunerState::kAwaitingApproval));
    return sim;
  };
  {
    const auto sim = waiting();
    EXPECT_EQ(sim->Command(command::Approve{}), absl::OkStatus());
    EXPECT_EQ(sim->journal.Count(DecisionReason::kApproved), 1);
  }
  {
    const auto sim = waiting();
    const Configuration candidate = sim->Status().candidate->config;
    const Configuration committed = sim->host.state().committed;
    sim->host.reject = [&](const Configuration& config) {
      return config == candidate ? "not today" : "";
    };
    const std::optional<absl::Status> answer = sim->Command(command::Approve{});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(answer->message()), HasSubstr("not today"));
    EXPECT_EQ(sim->host.state().committed, committed);
    ASSERT_EQ(sim->journal.Count(DecisionReason::kNotProven), 1);
    const Decision& decision = *std::find_if(
        sim->journal.decisions.begin(), sim->journal.decisions.end(),
        [](const Decision& each) { return each.reason == DecisionReason::kNotProven; });
    EXPECT_EQ(decision.old_config, candidate);
    EXPECT_EQ(decision.actor, "tester");
    EXPECT_FALSE(decision.trial_ids.empty());
    // It isn't proven a second time in the round.
    const std::size_t trials = sim->journal.trials.size();
    sim->Seconds(300);
    for (std::size_t i = trials; i < sim->journal.trials.size(); ++i) {
      EXPECT_NE(sim->journal.trials[i].config, candidate);
    }
  }
  {
    const auto sim = waiting();
    sim->hooks.before = [](std::string_view call) {
      return call == "commit" ? absl::UnavailableError("gone") : absl::OkStatus();
    };
    EXPECT_EQ(sim->Command(command::Approve{})->code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(sim->Status().state, TunerState::kHostLost);
  }
  {
    const auto sim = waiting();
    sim->hooks.before = [](std::string_view call) {
      return call == "apply" ? absl::AbortedError("generation") : absl::OkStatus();
    };
    EXPECT_EQ(sim->Command(command::Approve{})->code(), absl::StatusCode::kAborted);
    EXPECT_EQ(sim->journal.Count(DecisionReason::kApproved), 0);
  }
}

TEST(RefusingHostTest, AWayBackThatIsRejectedIsLeftToTheLease) {
  Simulation sim;
  sim.policy.sla.max_latency_p99_ms = 100;
  sim.host.latency_ms = [](const Configuration& config) {
    return IntOf(config, "thread_pool_size") >= 16 ? 500.0 : 50.0;
  };
  sim.StartDaemon();
  const Configuration committed = sim.host.state().committed;
  while (sim.host.state().config == committed ||
         IntOf(sim.host.state().config, "thread_pool_size") < 16) {
    sim.Second();
  }
  sim.host.reject = [&](const Configuration& config) {
    return config == committed ? "not back" : "";
  };
  int renewals = 0;
  sim.hooks.before = [&renewals](std::string_view call) {
    renewals += call == "renew";
    return absl::OkStatus();
  };
  ASSERT_TRUE(sim.Until(TunerState::kPaused, 10));
  EXPECT_THAT(sim.Status().reason, HasSubstr("not back"));
  renewals = 0;
  const int lease = static_cast<int>(std::chrono::duration<double>(sim.policy.lease).count());
  sim.Seconds(lease);
  EXPECT_EQ(renewals, 0);
  EXPECT_EQ(sim.host.state().config, committed);
  sim.host.reject = {};
  EXPECT_TRUE(sim.Until(TunerState::kHolding));
}

TEST(RefusingHostTest, AWayBackThatTheHostClampsIsNeverCommitted) {
  for (const bool between_trials : {true, false}) {
    Simulation sim;
    sim.host.latency_ms = BatchValley;
    // Else the way back is a trial of the incumbent.
    sim.policy.incumbent_every = between_trials ? 0 : 1;
    sim.host.OperatorSets(Configuration{{"batch_size", std::int64_t{2000}}});
    const Configuration committed = sim.host.state().committed;
    sim.StartDaemon();
    const auto in_force = [&sim] { return IntOf(sim.host.state().config, "batch_size"); };
    while (in_force() == 2000) sim.Second();
    // From now on 2000 is more than it takes.
    sim.host.clamp_batch_size = 1000;
    sim.Seconds(200);
    EXPECT_EQ(sim.host.state().committed, committed);
    for (const Configuration& each : sim.host.committed()) {
      EXPECT_NE(IntOf(each, "batch_size"), 1000) << each.ToString();
    }
    EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 0);
    // Once it takes it again, tuning goes on.
    sim.host.clamp_batch_size.reset();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
    EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
  }
}

TEST(RefusingHostTest, AReapplyThatIsAbortedForeverIsTriedAtIntervals) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.policy.hold.probation = Duration::zero();
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  const Configuration winner = sim.host.state().committed;
  sim.host.Restart();
  ASSERT_NE(sim.host.state().committed, winner);
  int applies = 0;
  sim.hooks.before = [&applies](std::string_view call) {
    if (call != "apply") return absl::OkStatus();
    ++applies;
    return absl::AbortedError("generation");
  };
  sim.Seconds(120);
  EXPECT_GE(applies, 2);
  EXPECT_LE(applies, 6);
  // What was not made is not recorded.
  EXPECT_EQ(sim.journal.Count(DecisionReason::kHostRestarted), 0);
  sim.hooks = {};
  ASSERT_TRUE(sim.Until(TunerState::kHolding, 60));
  EXPECT_EQ(sim.host.state().committed, winner);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kHostRestarted), 1);
}

TEST(RefusingHostTest, ALeaseThatTheHostCutsShortIsRenewedInTime) {
  Simulation sim;
  sim.host.latency_ms = BatchValley;
  sim.host.max_lease = std::chrono::seconds(4);
  ASSERT_GT(sim.policy.lease, 3 * sim.host.max_lease);
  sim.policy.max_trials = 6;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kPromoted), 1);
  for (const Trial& trial : sim.journal.trials) {
    EXPECT_EQ(trial.verdict, Verdict::kSuccess) << trial.reason;
  }
}

TEST(RefusingHostTest, ACandidateThatIsClampedInItsValidationIsNoBreachOfTheSla) {
  Simulation sim;
  sim.policy.sla.max_latency_p99_ms = 1000;
  sim.policy.validation.finalists = 1;
  sim.host.latency_ms = BatchValley;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kValidating));
  sim.host.clamp_batch_size = IntOf(sim.Status().candidate->config, "batch_size") - 1;
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  EXPECT_EQ(sim.journal.Count(DecisionReason::kSlaBreach), 0);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kNotProven), 1);
}

}  // namespace
}  // namespace trimtab
