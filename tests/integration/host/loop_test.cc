// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <future>
#include <vector>

#include "tests/integration/host/tuned_host.h"

namespace trimtab {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

class ControlLoopTest : public testing::Test {
 protected:
  void SetUp() override { tuned.Start(); }

  // The end of every fault: tuning went on, and the host is committed to what
  // the daemon holds for proven.
  void ExpectItRecovers() {
    tuned.host.Play({});
    ASSERT_TRUE(tuned.Until(TunerState::kHolding)) << tuned.Status()->reason;
    EXPECT_EQ(tuned.host.config(), tuned.host.committed());
    EXPECT_EQ(tuned.host.committed(), tuned.Status()->incumbent->config);
  }

  TunedHost tuned;
};

TEST_F(ControlLoopTest, TunesAHostOverItsSocket) {
  ExpectItRecovers();
  EXPECT_EQ(tuned.journal.Count(DecisionReason::kPromoted), 1);
  EXPECT_NE(tuned.host.committed(), tuned.Status()->baseline->config);
}

TEST_F(ControlLoopTest, AHostThatHangsInMidTrialGoesBackByItselfAndTuningGoesOn) {
  ASSERT_TRUE(tuned.Until(TunerState::kMeasuring));
  tuned.host.Play({.hang = true});
  tuned.Seconds(20);
  EXPECT_EQ(tuned.Status()->state, TunerState::kHostLost);
  EXPECT_THAT(tuned.Status()->reason, HasSubstr("doesn't answer"));
  EXPECT_FALSE(tuned.Status()->latest);
  EXPECT_EQ(tuned.host.config(), tuned.host.committed());
  ExpectItRecovers();
}

TEST_F(ControlLoopTest, WindowsThatCannotBeUsedAreCountedAndNeverAScore) {
  const std::map<std::string, std::function<void(v1::MetricsSnapshot&)>> spoilers = {
      {"nan", [](auto& window) { window.mutable_metrics()->set_latency_p99_ms(std::nan("")); }},
      {"negative", [](auto& window) { window.mutable_metrics()->set_latency_p99_ms(-1); }},
      {"superseded", [](auto& window) { window.set_superseded(true); }}};
  for (const auto& [word, spoil] : spoilers) {
    TunedHost other;
    other.Start();
    ASSERT_TRUE(other.Until(TunerState::kMeasuring));
    const std::size_t before = other.journal.trials.size();
    other.host.Play({.spoil_window = spoil});
    ASSERT_TRUE(other.Until(TunerState::kPaused)) << word;
    EXPECT_EQ(other.host.config(), other.host.committed()) << word;
    EXPECT_GT(other.Status()->windows_refused_by_reason.at(word), 0);
    ASSERT_GT(other.journal.trials.size(), before);
    for (std::size_t i = before + 1; i < other.journal.trials.size(); ++i) {
      EXPECT_EQ(other.journal.trials[i].verdict, Verdict::kInconclusive) << word;
      EXPECT_FALSE(other.journal.trials[i].score) << word;
    }
    other.host.Play({});
    EXPECT_TRUE(other.Until(TunerState::kHolding)) << word;
    EXPECT_EQ(other.host.committed(), other.Status()->incumbent->config) << word;
  }
}

TEST_F(ControlLoopTest, WindowsWithoutRequestsAreNeverAScore) {
  ASSERT_TRUE(tuned.Until(TunerState::kMeasuring));
  const std::size_t before = tuned.journal.trials.size();
  tuned.host.Play({.spoil_window = [](auto& window) {
    window.set_request_count(0);
    window.clear_latency();
    window.clear_metrics();
  }});
  ASSERT_TRUE(tuned.Until(TunerState::kPaused));
  EXPECT_EQ(tuned.host.config(), tuned.host.committed());
  for (std::size_t i = before + 1; i < tuned.journal.trials.size(); ++i) {
    EXPECT_EQ(tuned.journal.trials[i].verdict, Verdict::kInconclusive);
  }
  ExpectItRecovers();
}

TEST_F(ControlLoopTest, AHostThatTakesOtherValuesThanAskedFailsTheTrialByName) {
  const std::map<std::string, v1::ParameterOutcomeKind> kinds = {
      {"clamped", v1::PARAMETER_OUTCOME_KIND_CLAMPED},
      {"ignored", v1::PARAMETER_OUTCOME_KIND_IGNORED},
      {"rejected", v1::PARAMETER_OUTCOME_KIND_REJECTED}};
  for (const auto& [word, kind] : kinds) {
    TunedHost other;
    const double threads = TunedHost::Threads(other.host.config());
    other.host.Play({.outcomes = {{"thread_pool_size", kind}}});
    other.Start();
    ASSERT_TRUE(other.Until(TunerState::kHolding)) << word;
    EXPECT_THAT(
        other.journal.trials,
        Contains(testing::AllOf(Field(&Trial::verdict, Verdict::kFailed),
                                Field(&Trial::reason, testing::AllOf(HasSubstr("thread_pool_size"),
                                                                     HasSubstr(word))))));
    EXPECT_EQ(other.host.config(), other.host.committed()) << word;
    EXPECT_EQ(other.host.committed(), other.Status()->incumbent->config) << word;
    const double limit = word == "clamped" ? 8 : threads;
    EXPECT_LE(TunedHost::Threads(other.host.committed()), limit) << word;
  }
}

TEST_F(ControlLoopTest, AHostThatRestartsInMidTrialIsTunedAnew) {
  ASSERT_TRUE(tuned.Until(TunerState::kMeasuring));
  tuned.host.Restart();
  tuned.AwaitStream();
  ExpectItRecovers();
  EXPECT_EQ(tuned.Status()->host_reachable, true);
}

TEST_F(ControlLoopTest, AnOperatorsEditInMidTrialIsNeverOverwritten) {
  ASSERT_TRUE(tuned.Until(TunerState::kMeasuring));
  tuned.host.OperatorSets(Configuration{{"cache_size", std::int64_t{7777}}});
  const Configuration edited = tuned.host.config();
  tuned.Seconds(60);
  EXPECT_EQ(tuned.Status()->state, TunerState::kPaused);
  EXPECT_EQ(tuned.host.config(), edited);
  EXPECT_EQ(tuned.journal.Count(DecisionReason::kOperatorEdit), 1);
  ASSERT_EQ(tuned.Command(command::Resume{}), absl::OkStatus());
  ExpectItRecovers();
  EXPECT_EQ(tuned.Status()->baseline->config, edited);
}

TEST_F(ControlLoopTest, EndingInMidTrialLeavesTheHostCommitted) {
  ASSERT_TRUE(tuned.Until(TunerState::kMeasuring));
  tuned.runner.ShutDown(std::chrono::seconds(10));
  EXPECT_EQ(tuned.host.config(), tuned.host.committed());
}

TEST_F(ControlLoopTest, EndingWhileTheHostHangsLeavesItToTheLease) {
  ASSERT_TRUE(tuned.Until(TunerState::kMeasuring));
  tuned.host.Play({.hang = true});
  tuned.runner.ShutDown(std::chrono::seconds(10));
  tuned.clock.Advance(TunedHost::Policy().lease);
  EXPECT_EQ(tuned.host.config(), tuned.host.committed());
}

// Of two that come at once, the second finds what the first has left.
TEST_F(ControlLoopTest, ACommandSeesTheStatusFromRightBeforeAndRightAfterIt) {
  ASSERT_TRUE(tuned.Until(TunerState::kHolding));
  std::vector<Configuration> seen;
  std::promise<void> done;
  for (const std::int64_t threads : {4, 8}) {
    tuned.runner.Execute(
        command::Pin{Configuration{{"thread_pool_size", threads}}, ""}, "tester",
        [&] { seen.push_back(tuned.Status()->config_in_force); },
        [&, threads](const absl::StatusOr<ImportResult>& result) {
          EXPECT_TRUE(result.ok()) << result.status();
          seen.push_back(tuned.Status()->config_in_force);
          if (threads == 8) done.set_value();
        });
  }
  done.get_future().get();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(TunedHost::Threads(seen[1]), 4);
  EXPECT_EQ(seen[2], seen[1]);
  EXPECT_EQ(TunedHost::Threads(seen[3]), 8);
}

}  // namespace
}  // namespace trimtab
