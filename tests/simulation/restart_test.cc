// SPDX-License-Identifier: Apache-2.0
// What a decision hangs on is the same after a restart of the daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

// The better, the more threads.
double Slope(const Configuration& config) {
  const auto threads =
      static_cast<double>(std::get<std::int64_t>(*config.Find("thread_pool_size")));
  return 100 - threads;
}

class RestartTest : public testing::Test {
 protected:
  RestartTest() { simulation.host.latency_ms = Slope; }

  void Restart() {
    simulation.KillDaemon();
    simulation.StartDaemon();
  }
  bool Comes(TunerState state) { return simulation.Until(state); }
  const Checkpoint& study() const { return simulation.loop->state().study; }

  Simulation simulation;
};

TEST_F(RestartTest, ARefusedFinalistIsNotValidatedAgain) {
  // Nothing is ever good enough.
  simulation.policy.validation.min_gain_ratio = 10;
  simulation.policy.validation.finalists = 3;
  simulation.StartDaemon();
  std::vector<Configuration> validated;
  while (Comes(TunerState::kValidating)) {
    validated.push_back(simulation.Status().candidate->config);
    // Before and after its verdict.
    Restart();
    ASSERT_TRUE(Comes(TunerState::kValidating));
    EXPECT_EQ(simulation.Status().candidate->config, validated.back());
    const int refused = simulation.journal.Count(DecisionReason::kNotProven);
    for (int i = 0; i < 1000 && refused == simulation.journal.Count(DecisionReason::kNotProven);
         ++i) {
      simulation.Second();
    }
    Restart();
    if (validated.size() == 3) break;
  }
  ASSERT_TRUE(Comes(TunerState::kHolding));
  EXPECT_EQ(validated.size(), 3u);
  EXPECT_NE(validated[0], validated[1]);
  EXPECT_NE(validated[1], validated[2]);
  EXPECT_EQ(simulation.journal.Count(DecisionReason::kNotProven), 3);
}

TEST_F(RestartTest, NothingIsWrittenNorAppliedBeforeAllIsLoaded) {
  simulation.StartDaemon();
  ASSERT_TRUE(Comes(TunerState::kHolding));
  const Configuration incumbent = simulation.Status().incumbent->config;
  const std::int64_t round = simulation.Status().round;
  for (const std::string_view broken : {"open_study", "load_checkpoint", "load_intent",
                                        "list_trials", "list_decisions", "tuner_id"}) {
    simulation.KillDaemon();
    std::vector<std::string> changes;
    simulation.hooks.before = [&, broken](std::string_view call) {
      if (call == broken) return absl::DataLossError("broken");
      const bool changing = call.starts_with("save") || call.starts_with("append") ||
                            call == "clear_intent" || call == "apply" || call == "commit";
      if (changing) changes.emplace_back(call);
      return absl::OkStatus();
    };
    simulation.StartDaemon();
    simulation.Seconds(60);
    EXPECT_THAT(changes, testing::IsEmpty()) << broken;
    EXPECT_EQ(simulation.Status().state, TunerState::kConnecting) << broken;
    EXPECT_THAT(simulation.Status().reason, testing::HasSubstr("the store failed")) << broken;
    EXPECT_GT(simulation.loop->performer().store_failures(), 0) << broken;
    simulation.hooks = {};
    ASSERT_TRUE(simulation.Until(TunerState::kHolding, 60)) << broken;
    EXPECT_EQ(simulation.Status().incumbent->config, incumbent) << broken;
    EXPECT_EQ(simulation.Status().round, round) << broken;
  }
}

TEST_F(RestartTest, AWallClockThatIsSetMovesNothingButTimestamps) {
  // Forward and back by a day, in the middle of a trial, of a validation and of
  // the probation.
  const auto tuned = [](const std::vector<Duration>& steps) {
    Simulation sim;
    sim.host.latency_ms = Slope;
    sim.StartDaemon();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const TunerState state = i == 0   ? TunerState::kMeasuring
                               : i == 1 ? TunerState::kValidating
                                        : TunerState::kHolding;
      EXPECT_TRUE(sim.Until(state));
      sim.clock.StepWall(steps[i]);
    }
    EXPECT_TRUE(sim.Until(TunerState::kHolding));
    sim.Seconds(60);
    std::vector<std::string> course;
    for (const Trial& trial : sim.journal.trials) {
      course.push_back(trial.config.ToString() + Name(trial.verdict) +
                       std::to_string(trial.measurement.windows));
    }
    for (const Decision& decision : sim.journal.decisions) {
      course.emplace_back(Name(decision.reason));
    }
    return course;
  };
  constexpr Duration kDay = std::chrono::hours(24);
  const std::vector<std::string> plain = tuned({Duration(), Duration(), Duration()});
  EXPECT_EQ(tuned({kDay, kDay, kDay}), plain);
  EXPECT_EQ(tuned({-kDay, -kDay, -kDay}), plain);
}

TEST_F(RestartTest, ATimedPauseEndsByTheClockThatRunsWhereTheWallClockIsSet) {
  for (const Duration step : {Duration(std::chrono::hours(5)), -Duration(std::chrono::hours(5))}) {
    Simulation sim;
    sim.host.latency_ms = Slope;
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
    ASSERT_TRUE(sim.Command(command::Pause{std::chrono::minutes(2), ""})->ok());
    sim.clock.StepWall(step);
    sim.Seconds(110);
    EXPECT_EQ(sim.Status().state, TunerState::kPaused);
    sim.Seconds(20);
    EXPECT_EQ(sim.Status().state, TunerState::kHolding);
  }
}

TEST_F(RestartTest, AnExplorationThatIsOverStaysOver) {
  simulation.policy.sla.max_latency_p99_ms = 80;
  simulation.policy.guard.allow_breaching_baseline = true;
  simulation.host.latency_ms = [](const Configuration& config) {
    return *config.Find("batch_size") == ParameterValue(std::int64_t{100}) ? 50 : 500.0;
  };
  simulation.policy.guard.exploration_breach_ratio = 0.01;
  simulation.policy.guard.exploration_breach_grace = std::chrono::seconds(3);
  simulation.StartDaemon();
  while (simulation.journal.Count(DecisionReason::kBudgetSpent) == 0) simulation.Second();
  const std::size_t tried = simulation.journal.trials.size();
  Restart();
  ASSERT_TRUE(Comes(TunerState::kHolding));
  EXPECT_EQ(simulation.journal.Count(DecisionReason::kBudgetSpent), 1);
  for (std::size_t i = tried; i < simulation.journal.trials.size(); ++i) {
    EXPECT_EQ(simulation.journal.trials[i].purpose, TrialPurpose::kValidation);
  }
}

TEST_F(RestartTest, TheBudgetsGoOnWhereTheyWere) {
  simulation.policy.sla.max_latency_p99_ms = 80;
  simulation.policy.guard.exploration_breach_ratio = 1;
  simulation.policy.max_trials = 60;
  simulation.host.latency_ms = [](const Configuration& config) {
    return *config.Find("batch_size") == ParameterValue(std::int64_t{2000}) ? 500 : 50.0;
  };
  simulation.StartDaemon();
  while (study().sla_budget.in_breach < std::chrono::seconds(6)) simulation.Second();
  const Checkpoint before = study();
  Restart();
  EXPECT_EQ(study().sla_budget.in_breach, before.sla_budget.in_breach);
  EXPECT_EQ(study().exploration_budget.in_breach, before.exploration_budget.in_breach);
  EXPECT_EQ(study().exploration_budget.observed, before.exploration_budget.observed);
  EXPECT_EQ(study().exploration_budget.allowed_ratio, 1);
  // Without a breach no more than a minute is forgotten.
  ASSERT_TRUE(Comes(TunerState::kHolding));
  simulation.Seconds(100);
  const Duration observed = study().sla_budget.observed;
  Restart();
  EXPECT_GE(study().sla_budget.observed, observed - std::chrono::minutes(1));
  EXPECT_LE(study().sla_budget.observed, observed);
}

TEST_F(RestartTest, ACandidateThatWaitsForApprovalIsProvenAnewAndWaitsAgain) {
  simulation.policy.mode = TuningMode::kApprove;
  simulation.StartDaemon();
  ASSERT_TRUE(Comes(TunerState::kAwaitingApproval));
  const Configuration candidate = simulation.Status().candidate->config;
  Restart();
  ASSERT_TRUE(Comes(TunerState::kAwaitingApproval));
  EXPECT_EQ(simulation.Status().candidate->config, candidate);
  EXPECT_TRUE(simulation.Command(command::Reject{})->ok());
  Restart();
  ASSERT_TRUE(Comes(TunerState::kAwaitingApproval));
  EXPECT_NE(simulation.Status().candidate->config, candidate);
}

TEST_F(RestartTest, CountersComeBackAtAnyMoment) {
  simulation.policy.max_trials = 5;
  simulation.StartDaemon();
  for (int i = 0; i < 200; ++i) {
    simulation.Second();
    const Checkpoint before = study();
    Restart();
    // A trial that the kill cut short was none.
    EXPECT_LE(study().trials_in_round, before.trials_in_round);
    EXPECT_GE(study().trials_in_round, before.trials_in_round - 1);
    EXPECT_LE(study().since_incumbent, before.since_incumbent);
    EXPECT_EQ(study().empty_trials, before.empty_trials);
    EXPECT_EQ(study().judged, before.judged);
    EXPECT_EQ(study().explored, before.explored);
    EXPECT_EQ(study().refused_candidates, before.refused_candidates);
    // Let some trials come to their end.
    simulation.Seconds(i % 7);
  }
}

TEST_F(RestartTest, ImportedTrialsOfAnEarlierRoundAreKept) {
  Trial trial;
  trial.config = simulation.host.state().config.With({{"thread_pool_size", std::int64_t{32}}});
  trial.score = Score{-68, {}};
  simulation.StartDaemon();
  // In the midst of a trial, whose record must not get lost by it.
  ASSERT_TRUE(Comes(TunerState::kMeasuring));
  EXPECT_TRUE(simulation.Command(command::Import{{trial}})->ok());
  ASSERT_TRUE(Comes(TunerState::kHolding));
  EXPECT_EQ(simulation.store.ListTrials("study-1", 0, 1000)->size(),
            simulation.journal.trials.size());
  simulation.Seconds(60);
  EXPECT_TRUE(simulation.Command(command::Start{})->ok());
  simulation.Second();
  ASSERT_EQ(simulation.Status().round, 2);
  const auto imported = [this] {
    const std::vector<Trial>& trials = simulation.loop->state().round_trials;
    return std::count_if(trials.begin(), trials.end(),
                         [](const Trial& each) { return each.purpose == TrialPurpose::kImported; });
  };
  EXPECT_EQ(imported(), 1);
  Restart();
  EXPECT_EQ(imported(), 1);
}

}  // namespace
}  // namespace trimtab
