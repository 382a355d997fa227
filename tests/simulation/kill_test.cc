// SPDX-License-Identifier: Apache-2.0
// kill -9 of the daemon and of the host before every single call that the loop
// makes of its host and its store: at every stage of a trial, and within each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

// Thrown through the loop: nothing of it is left.
struct Killed {};

class KillTest : public testing::Test {
 protected:
  static std::unique_ptr<Simulation> Make() {
    auto sim = std::make_unique<Simulation>();
    sim->policy.max_trials = 4;
    sim->policy.incumbent_every = 2;
    sim->policy.hold.probation = std::chrono::seconds(6);
    sim->host.latency_ms = Valley;
    return sim;
  }

  // Runs `act` at the call number `at`, from 1 on, instead of the call or before
  // it; tells the name of the call.
  static void At(Simulation& sim, int at, std::string* call, std::function<void()> act) {
    auto count = std::make_shared<int>(0);
    sim.hooks.before = [count, at, call, act](std::string_view name) {
      if (++*count == at) {
        *call = name;
        act();
      }
      return absl::OkStatus();
    };
  }

  // A tuning from its start to the end of the probation.
  static void RunAll(Simulation& sim) {
    sim.StartDaemon();
    ASSERT_TRUE(sim.Until(TunerState::kHolding));
    sim.Seconds(8);
  }
  // The calls that `run` makes of the ports.
  static int Calls(Simulation& sim, const std::function<void()>& run) {
    int calls = 0;
    sim.hooks.before = [&calls](std::string_view) {
      ++calls;
      return absl::OkStatus();
    };
    run();
    sim.hooks = {};
    return calls;
  }

  // The end of every interruption.
  static void ExpectSettled(Simulation& sim, const std::string& when) {
    ASSERT_TRUE(sim.Until(TunerState::kHolding)) << when << ": " << sim.Status().reason;
    sim.Seconds(8);
    const TunerStatus status = sim.Status();
    ASSERT_EQ(status.state, TunerState::kHolding) << when;
    ASSERT_EQ(status.study_id, "study-1") << when;
    ASSERT_EQ(sim.host.state().config, sim.host.state().committed) << when;
    ASSERT_EQ(status.incumbent->config, sim.host.state().committed) << when;
    ASSERT_LE(Valley(status.incumbent->config), Valley(status.baseline->config)) << when;
    ExpectOnlyDecidedCommits(sim, when);
    const auto trials = sim.store.ListTrials("study-1", 0, 1000).value();
    ASSERT_GE(trials.size(), 5u) << when;
  }
  // Whatever the host was committed to, a stored decision stands for it.
  static void ExpectOnlyDecidedCommits(Simulation& sim, const std::string& when) {
    const auto decisions = sim.store.ListDecisions("study-1", 0, 1000).value();
    for (const Configuration& config : sim.host.committed()) {
      ASSERT_TRUE(std::any_of(
          decisions.begin(), decisions.end(),
          [&config](const Decision& decision) { return decision.new_config == config; }))
          << when << ": " << config.ToString();
    }
  }
};

TEST_F(KillTest, TheDaemonBeforeAnyCall) {
  const auto whole = Make();
  const int calls = Calls(*whole, [&] { RunAll(*whole); });
  ASSERT_GT(calls, 100);
  std::set<std::string> seen;
  for (int at = 1; at <= calls; ++at) {
    // Started again at once, and after the lease has run out.
    for (const int away : {0, 20}) {
      const auto sim = Make();
      std::string call;
      At(*sim, at, &call, [] { throw Killed(); });
      EXPECT_THROW(RunAll(*sim), Killed);
      sim->KillDaemon();
      sim->hooks = {};
      seen.insert(call);
      sim->Seconds(away);
      const std::string when = call + ", " + std::to_string(at) + ", " + std::to_string(away);
      if (away > 0) {
        ASSERT_EQ(sim->host.state().config, sim->host.state().committed) << when;
      }
      sim->StartDaemon();
      ExpectSettled(*sim, when);
    }
  }
  EXPECT_THAT(seen, testing::IsSupersetOf({"apply", "commit", "save_intent", "append_trial",
                                           "append_decision", "save_checkpoint"}));
}

TEST_F(KillTest, TheHostBeforeAnyCall) {
  const auto whole = Make();
  const int calls = Calls(*whole, [&] { RunAll(*whole); });
  for (int at = 1; at <= calls; ++at) {
    const auto sim = Make();
    std::string call;
    At(*sim, at, &call, [&sim] { sim->host.Restart(); });
    sim->StartDaemon();
    sim->Until(TunerState::kHolding);
    sim->Seconds(8);
    ASSERT_FALSE(call.empty()) << at;
    ExpectSettled(*sim, call + ", " + std::to_string(at));
  }
}

TEST_F(KillTest, TheAnswerOfAnyCallIsLost) {
  const auto whole = Make();
  const int calls = Calls(*whole, [&] { RunAll(*whole); });
  for (int at = 1; at <= calls; ++at) {
    const auto sim = Make();
    auto count = std::make_shared<int>(0);
    std::string call;
    sim->hooks.after = [count, at, &call](std::string_view name) {
      if (++*count != at) return absl::OkStatus();
      call = name;
      return absl::DeadlineExceededError("lost");
    };
    sim->StartDaemon();
    sim->Until(TunerState::kHolding);
    sim->Seconds(8);
    ASSERT_FALSE(call.empty()) << at;
    ExpectSettled(*sim, call + ", " + std::to_string(at));
  }
}

TEST_F(KillTest, TheDaemonInTheMidstOfARollback) {
  const auto prepare = [] {
    auto sim = Make();
    sim->StartDaemon();
    EXPECT_TRUE(sim->Until(TunerState::kHolding));
    return sim;
  };
  const auto whole = prepare();
  const int calls = Calls(*whole, [&] { EXPECT_TRUE(whole->Command(command::Rollback{})->ok()); });
  for (int at = 1; at <= calls; ++at) {
    const auto sim = prepare();
    const Configuration baseline = sim->Status().baseline->config;
    ASSERT_NE(sim->host.state().committed, baseline);
    bool decided = false;
    std::string call;
    At(*sim, at, &call, [] { throw Killed(); });
    sim->hooks.after = [&decided](std::string_view name) {
      decided = decided || name == "save_intent";
      return absl::OkStatus();
    };
    EXPECT_THROW(sim->Command(command::Rollback{}), Killed);
    sim->KillDaemon();
    sim->hooks = {};
    sim->StartDaemon();
    sim->Seconds(3);
    const std::string when = call + ", " + std::to_string(at);
    EXPECT_EQ(sim->Status().incumbent->config, sim->host.state().committed) << when;
    if (!decided) continue;
    EXPECT_EQ(sim->host.state().committed, baseline) << when;
    EXPECT_EQ(sim->Status().state, TunerState::kPaused) << when;
    ExpectOnlyDecidedCommits(*sim, when);
  }
}

TEST_F(KillTest, TheDaemonInTheMidstOfAPin) {
  const command::Pin pin{Configuration{{"batch_size", std::int64_t{321}}}, ""};
  const auto prepare = [] {
    auto sim = Make();
    sim->StartDaemon();
    EXPECT_TRUE(sim->Until(TunerState::kHolding));
    return sim;
  };
  const auto whole = prepare();
  const int calls = Calls(*whole, [&] { EXPECT_TRUE(whole->Command(pin)->ok()); });
  for (int at = 1; at <= calls; ++at) {
    const auto sim = prepare();
    std::string call;
    At(*sim, at, &call, [] { throw Killed(); });
    EXPECT_THROW(sim->Command(pin), Killed);
    sim->KillDaemon();
    sim->hooks = {};
    sim->StartDaemon();
    sim->Seconds(3);
    const std::string when = call + ", " + std::to_string(at);
    EXPECT_EQ(sim->Status().incumbent->config, sim->host.state().committed) << when;
    const bool pinned =
        *sim->host.state().committed.Find("batch_size") == ParameterValue(std::int64_t{321});
    EXPECT_EQ(sim->Status().state, pinned ? TunerState::kPaused : TunerState::kHolding) << when;
  }
}

TEST_F(KillTest, AFailedProbationIsTakenBackWhateverIsKilledMeanwhile) {
  // The probation, and the comparison before it is taken back.
  constexpr int kSeconds = 100;
  const auto prepare = [] {
    auto sim = Make();
    sim->StartDaemon();
    EXPECT_TRUE(sim->Until(TunerState::kHolding));
    EXPECT_EQ(sim->journal.Count(DecisionReason::kPromoted), 1);
    const Configuration promoted = sim->host.state().committed;
    sim->host.latency_ms = [promoted](const Configuration& config) {
      return config == promoted ? 400.0 : Valley(config);
    };
    return sim;
  };
  const auto whole = prepare();
  const int calls = Calls(*whole, [&] { whole->Seconds(kSeconds); });
  ASSERT_EQ(whole->journal.Count(DecisionReason::kProbationFailed), 1);
  for (int at = 1; at <= calls; ++at) {
    const auto killed = prepare();
    const Configuration baseline = killed->Status().baseline->config;
    std::string call;
    At(*killed, at, &call, [] { throw Killed(); });
    EXPECT_THROW(killed->Seconds(kSeconds), Killed);
    killed->KillDaemon();
    killed->hooks = {};
    killed->StartDaemon();
    killed->Seconds(kSeconds + 20);
    EXPECT_EQ(killed->host.state().committed, baseline) << call << ", " << at;
    EXPECT_EQ(killed->Status().incumbent->config, baseline) << call << ", " << at;

    const auto lost = prepare();
    At(*lost, at, &call, [&lost] { lost->host.down = absl::UnavailableError("gone"); });
    lost->Seconds(kSeconds);
    lost->host.down = absl::OkStatus();
    lost->hooks = {};
    lost->Seconds(kSeconds + 60);
    EXPECT_EQ(lost->host.state().committed, baseline) << call << ", " << at;
  }
}

TEST_F(KillTest, TheDaemonInTheMidstOfItsOwnEnd) {
  const auto prepare = [] {
    auto sim = Make();
    sim->StartDaemon();
    EXPECT_TRUE(sim->Until(TunerState::kMeasuring));
    return sim;
  };
  const auto whole = prepare();
  const int calls = Calls(*whole, [&] { whole->loop->Drive(control::event::ShutDown{}); });
  for (int at = 1; at <= calls; ++at) {
    const auto sim = prepare();
    std::string call;
    At(*sim, at, &call, [] { throw Killed(); });
    EXPECT_THROW(sim->loop->Drive(control::event::ShutDown{}), Killed);
    sim->KillDaemon();
    sim->hooks = {};
    sim->Seconds(20);
    ASSERT_EQ(sim->host.state().config, sim->host.state().committed) << call;
    sim->StartDaemon();
    ExpectSettled(*sim, call);
  }
}

}  // namespace
}  // namespace trimtab
