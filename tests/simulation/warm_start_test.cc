// SPDX-License-Identifier: Apache-2.0
// What the search makes of trials that were measured before: in an earlier
// round, in another study, on another host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

// Four parameters that matter, 20 ms at the best point of 256.
double BasinAt(const Configuration& config, const Configuration& best) {
  double miss = 0;
  for (const auto& [name, value] : best) {
    const double off = std::log2(*ToNumber(*config.Find(name)) / *ToNumber(value));
    miss += (name == "cache_size" ? 0.3 : 1) * off * off;
  }
  return 20 + 10 * miss;
}
double Basin(const Configuration& config) {
  return BasinAt(config, {{"thread_pool_size", std::int64_t{16}},
                          {"connection_pool_size", std::int64_t{200}},
                          {"cache_size", std::int64_t{10000}},
                          {"batch_size", std::int64_t{500}}});
}
// The best is where Basin is bad, and the other way round.
double Elsewhere(const Configuration& config) {
  return BasinAt(config, {{"thread_pool_size", std::int64_t{4}},
                          {"connection_pool_size", std::int64_t{50}},
                          {"cache_size", std::int64_t{50000}},
                          {"batch_size", std::int64_t{2000}}});
}

class WarmStartTest : public testing::Test {
 protected:
  static std::unique_ptr<Simulation> Make() {
    auto sim = std::make_unique<Simulation>();
    sim->policy.strategy = "bayes";
    sim->policy.max_trials = 20;
    sim->policy.validation.pairs = 3;
    // What is best is not to be hidden by a promotion.
    sim->policy.validation.min_gain_ratio = 100;
    sim->host.latency_ms = Basin;
    return sim;
  }
  static void Study(Simulation& sim) {
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
  }
  // The next study asks for something else, of which the latency decides alike.
  static void AnotherObjective(Simulation& sim) {
    sim.KillDaemon();
    sim.policy.objective = {ObjectiveSpec::Kind::kReference, {}, {}};
    sim.journal = {};
  }
  // The candidates that were tried up to the first within 5 ms of the best;
  // 1000 when there was none.
  static int TrialsToBest(const Simulation& sim, double best) {
    int count = 0;
    for (const Trial& trial : sim.journal.trials) {
      if (trial.purpose != TrialPurpose::kCandidate) continue;
      ++count;
      if (sim.host.latency_ms(trial.config) < best + 5) return count;
    }
    return 1000;
  }
  static std::vector<Configuration> Tried(const Simulation& sim) {
    std::vector<Configuration> configs;
    for (const Trial& trial : sim.journal.trials) {
      if (trial.purpose == TrialPurpose::kCandidate) configs.push_back(trial.config);
    }
    return configs;
  }
};

TEST_F(WarmStartTest, AnotherStudyOfTheServiceFindsTheBestInFewerTrials) {
  int warm = 0;
  int cold = 0;
  for (const std::uint64_t seed : {1, 2, 3}) {
    for (const WarmStart start : {WarmStart::kService, WarmStart::kNone}) {
      auto sim = Make();
      sim->policy.seed = seed;
      sim->policy.warm_start = start;
      Study(*sim);
      AnotherObjective(*sim);
      Study(*sim);
      (start == WarmStart::kNone ? cold : warm) += TrialsToBest(*sim, 20);
    }
  }
  EXPECT_GE(cold, 2 * warm);
}

TEST_F(WarmStartTest, ATwinsTrialsAreOfUseUnlessTheyAreNotWanted) {
  const auto trials = [](WarmStart start) {
    auto sim = Make();
    Study(*sim);
    sim->KillDaemon();
    sim->journal = {};
    sim->host.instance = "twin";
    // Twice as slow as a whole.
    sim->host.latency_ms = [](const Configuration& config) { return 2 * Basin(config); };
    sim->policy.warm_start = start;
    Study(*sim);
    return TrialsToBest(*sim, 40);
  };
  EXPECT_LT(trials(WarmStart::kService), trials(WarmStart::kInstance));
}

TEST_F(WarmStartTest, EarlierTrialsThatMisleadDoNotHideTheBest) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    auto sim = Make();
    sim->policy.seed = seed;
    Study(*sim);
    AnotherObjective(*sim);
    sim->policy.max_trials = 40;
    sim->host.latency_ms = Elsewhere;
    Study(*sim);
    EXPECT_LE(TrialsToBest(*sim, 20), 40) << "seed " << seed;
  }
}

TEST_F(WarmStartTest, ALaterRoundKnowsWhatTheEarlierOneFoundUnderAnotherLoad) {
  auto sim = Make();
  Study(*sim);
  double load = 3;
  sim->host.latency_ms = [&load](const Configuration& config) { return load * Basin(config); };
  sim->journal = {};
  ASSERT_EQ(sim->Command(command::Start{}), absl::OkStatus());
  ASSERT_TRUE(sim->Until(TunerState::kHolding));
  ASSERT_EQ(sim->Status().round, 2);
  EXPECT_LE(TrialsToBest(*sim, 60), 6);
}

TEST_F(WarmStartTest, ARestartedDaemonIsSuggestedTheSame) {
  auto sim = Make();
  Study(*sim);
  AnotherObjective(*sim);
  sim->StartDaemon();
  for (int trial = 0; trial < 5; ++trial) {
    while (!sim->Status().candidate) sim->Second();
    const Configuration candidate = sim->Status().candidate->config;
    sim->KillDaemon();
    sim->StartDaemon();
    for (int i = 0; i < 60 && !sim->Status().candidate; ++i) sim->Second();
    ASSERT_TRUE(sim->Status().candidate);
    EXPECT_EQ(sim->Status().candidate->config, candidate);
    const std::size_t recorded = sim->journal.trials.size();
    while (sim->journal.trials.size() == recorded) sim->Second();
  }
}

TEST_F(WarmStartTest, AStoreThatCannotBeReadPausesTheSearchUntilItCan) {
  auto sim = Make();
  Study(*sim);
  AnotherObjective(*sim);
  sim->hooks.before = [](std::string_view call) {
    return call == "list_studies" ? absl::UnavailableError("locked") : absl::OkStatus();
  };
  sim->StartDaemon();
  ASSERT_TRUE(sim->Until(TunerState::kPaused, 100));
  EXPECT_THAT(sim->Status().reason, testing::HasSubstr("locked"));
  EXPECT_TRUE(Tried(*sim).empty());
  sim->hooks = {};
  EXPECT_TRUE(sim->Until(TunerState::kHolding));
  EXPECT_FALSE(Tried(*sim).empty());
}

TEST_F(WarmStartTest, ImportedTrialsAreBegunWithButNotBelievedBlindly) {
  auto teacher = Make();
  Study(*teacher);
  const std::vector<Trial> trials = teacher->journal.trials;
  for (const bool misleading : {false, true}) {
    auto sim = Make();
    sim->policy.autostart = false;
    sim->policy.max_trials = 40;
    if (misleading) sim->host.latency_ms = Elsewhere;
    sim->StartDaemon();
    ASSERT_TRUE(sim->Until(TunerState::kStopped));
    ASSERT_EQ(sim->Command(command::Import{trials}), absl::OkStatus());
    ASSERT_EQ(sim->Command(command::Start{}), absl::OkStatus());
    ASSERT_TRUE(sim->Until(TunerState::kHolding));
    EXPECT_LE(TrialsToBest(*sim, 20), misleading ? 40 : 6) << misleading;
    // Nothing is validated that was not tried here.
    for (const Trial& trial : sim->journal.trials) {
      if (trial.purpose != TrialPurpose::kValidation) continue;
      if (trial.config == sim->Status().baseline->config) continue;
      EXPECT_THAT(Tried(*sim), testing::Contains(trial.config));
    }
  }
}

}  // namespace
}  // namespace trimtab
