// SPDX-License-Identifier: Apache-2.0
// A month with all that happens to a service: nothing that the loop or the store
// keeps grows with time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

constexpr int kMinutesADay = 24 * 60;

class SoakTest : public testing::Test {
 protected:
  SoakTest() {
    sim.host.window_length = std::chrono::minutes(1);
    sim.host.requests_per_second = 1;
    sim.host.latency_ms = [this](const Configuration& config) {
      return incident ? 900.0 : BatchValley(config);
    };
    sim.policy.max_trials = 6;
    sim.policy.lease = std::chrono::minutes(4);
    sim.policy.sla.max_latency_p99_ms = 200;
    sim.policy.measure.settle = std::chrono::seconds(10);
    sim.policy.measure.window_timeout = std::chrono::minutes(3);
    sim.policy.guard.exploration_breach_grace = std::chrono::hours(1);
    sim.policy.hold.probation = std::chrono::minutes(10);
    sim.policy.hold.min_dwell = std::chrono::minutes(30);
    sim.policy.hold.retune_after = std::chrono::hours(2);
  }

  void Watch() {
    const control::State& state = sim.loop->state();
    most_trials = std::max(most_trials, state.round_trials.size());
    most_judged = std::max(most_judged, state.study.judged.size());
    most_refusals = std::max(most_refusals, state.windows_refused.size());
    const MemoryStore::Rows rows = sim.store.CountRows();
    most_rows.studies = std::max(most_rows.studies, rows.studies);
    most_rows.trials = std::max(most_rows.trials, rows.trials);
    most_rows.decisions = std::max(most_rows.decisions, rows.decisions);
    // What is written down is the test's own.
    sim.journal.notes.clear();
    sim.journal.trials.clear();
    sim.journal.decisions.clear();
  }
  void Minutes(int count) {
    for (int i = 0; i < count; ++i) sim.Second();
    Watch();
  }

  Simulation sim;
  bool incident = false;
  std::size_t most_trials = 0;
  std::size_t most_judged = 0;
  std::size_t most_refusals = 0;
  MemoryStore::Rows most_rows;
};

TEST_F(SoakTest, AMonthOfRoundsIncidentsRestartsAndCommandsLeavesNothingThatGrows) {
  sim.StartDaemon();
  std::int64_t rounds = 0;
  for (int day = 0; day < 30; ++day) {
    Minutes(kMinutesADay - 600);
    incident = true;
    Minutes(30);
    incident = false;
    Minutes(120);
    sim.host.down = absl::UnavailableError("gone");
    Minutes(20);
    sim.host.down = absl::OkStatus();
    sim.host.Restart();
    Minutes(100);
    sim.Command(command::Pause{});
    Minutes(10);
    sim.Command(command::Resume{});
    sim.host.requests_per_second = 0;
    Minutes(60);
    sim.host.requests_per_second = 1;
    Minutes(100);
    command::Import import;
    for (int i = 0; i < 20; ++i) {
      Trial trial;
      trial.config = Configuration{{"thread_pool_size", std::int64_t{4}},
                                   {"connection_pool_size", std::int64_t{1000 + day * 20 + i}}};
      import.trials.push_back(trial);
    }
    sim.Command(import);
    rounds += sim.Status().round;
    // Another question every other day, and the same one again later.
    sim.policy.objective.metric = day % 4 < 2 ? Metric::kLatencyP99Ms : Metric::kLatencyP95Ms;
    sim.loop->Replace(sim.policy);
    Minutes(60);
    sim.StartDaemon();
    Minutes(100);
  }
  EXPECT_GT(rounds, 100);
  // Imports are all that is kept of former rounds.
  EXPECT_LE(most_trials, 30 * 20 + 60u);
  EXPECT_LE(most_judged, 2u);
  EXPECT_LE(most_refusals, 8u);
  EXPECT_EQ(most_rows.studies, 2u);
  EXPECT_GT(most_rows.trials, 1000u);
  EXPECT_LE(most_rows.trials, 2u * (TrialStore::kMaxRecords + TrialStore::kPruneEvery));
  EXPECT_LE(most_rows.decisions, 2u * (TrialStore::kMaxRecords + TrialStore::kPruneEvery));
}

TEST_F(SoakTest, ABaselineThatFailsForAMonthIsKeptOnce) {
  // Good for long enough to thaw, and then bad until it is frozen again.
  sim.StartDaemon();
  int frozen = 0;
  for (int i = 0; i < 30 * kMinutesADay / 15; ++i) {
    incident = true;
    Minutes(4);
    frozen += sim.Status().state == TunerState::kFrozen;
    incident = false;
    Minutes(11);
    if (i % 1000 == 999) {
      sim.StartDaemon();
      Minutes(1);
    }
  }
  EXPECT_FALSE(sim.Status().baseline);
  EXPECT_GT(frozen, 2000);
  EXPECT_LE(most_trials, 1u);
  EXPECT_LE(most_rows.trials, TrialStore::kMaxRecords + TrialStore::kPruneEvery + 0u);
}

TEST_F(SoakTest, MoreImportedTrialsThanAStudyHoldsAreRefusedWhole) {
  sim.StartDaemon();
  sim.Second();
  command::Import import;
  for (int i = 0; i < 6000; ++i) {
    Trial trial;
    trial.config = Configuration{{"batch_size", std::int64_t{i}}};
    import.trials.push_back(trial);
  }
  EXPECT_TRUE(sim.Command(import)->ok());
  // The same again are known.
  EXPECT_TRUE(sim.Command(import)->ok());
  for (Trial& trial : import.trials) trial.config.Set("cache_size", std::int64_t{1});
  const absl::Status refused = *sim.Command(import);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(refused.ToString(), testing::HasSubstr("above the 10000 that it may hold"));
  EXPECT_EQ(sim.store.CountRows().trials, 6000u);
}

TEST_F(SoakTest, WhatIsInHandIsNotReadAgainAtEachConnection) {
  int reads = 0;
  sim.hooks.before = [&reads](std::string_view call) {
    reads += call == "list_trials" || call == "list_decisions";
    return absl::OkStatus();
  };
  sim.StartDaemon();
  Minutes(100);
  const int once = reads;
  EXPECT_GT(once, 0);
  for (int i = 0; i < 5; ++i) {
    sim.Command(command::Pause{});
    sim.Command(command::Resume{});
    Minutes(10);
  }
  EXPECT_EQ(reads, once);
  sim.StartDaemon();
  EXPECT_GT(reads, once);
}

}  // namespace
}  // namespace trimtab
