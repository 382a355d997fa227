// SPDX-License-Identifier: Apache-2.0
// Hosts that send no figures of their own beside counts and histogram, or such
// as contradict them: guards, freeze, budgets and probation go by the latter.
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

// The host's own figures as they shouldn't matter.
struct Claim {
  const char* name;
  std::function<void(MetricValues&)> change;
};

void Nothing(MetricValues& metrics) {
  const std::optional<double> availability = metrics[Metric::kAvailabilityPercent];
  metrics = MetricValues();
  metrics.Set(Metric::kAvailabilityPercent, availability);
}

// As of all requests since the host's start.
void Cumulative(MetricValues& metrics) {
  metrics.Set(Metric::kLatencyP99Ms, 20);
  metrics.Set(Metric::kErrorRatePercent, 0);
  metrics.Set(Metric::kTimeoutRatePercent, 0);
}

class OwnMetricsTest : public testing::TestWithParam<Claim> {
 protected:
  OwnMetricsTest() {
    sim.host.own_metrics = GetParam().change;
    sim.host.latency_ms = BatchValley;
  }

  Simulation sim;
};

TEST_P(OwnMetricsTest, ATrialInBreachEndsAtOnceAndSpendsItsBudgets) {
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
  EXPECT_GT(sim.Status().sla_budget.in_breach, Duration::zero());
  EXPECT_GT(sim.Status().exploration_budget.in_breach, Duration::zero());
}

TEST_P(OwnMetricsTest, AnIncidentFreezesTuningAndItsEndThawsIt) {
  sim.policy.sla.max_latency_p99_ms = 200;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  sim.Seconds(30);
  sim.host.latency_ms = [](const Configuration&) { return 900.0; };
  ASSERT_TRUE(sim.Until(TunerState::kFrozen, 30));
  sim.host.latency_ms = BatchValley;
  EXPECT_TRUE(sim.Until(TunerState::kHolding, 30));
}

TEST_P(OwnMetricsTest, AProbationIsToldAndATrialIsCertainBeforeItsMostWindows) {
  sim.policy.measure.max_windows = 30;
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  sim.Seconds(30);
  EXPECT_EQ(sim.journal.Count(DecisionReason::kConfirmed), 1);
  for (const Trial& trial : sim.journal.trials) {
    EXPECT_LT(trial.measurement.windows, 30) << trial.reason;
  }
}

TEST_P(OwnMetricsTest, ADriftIsSeen) {
  sim.policy.hold.min_dwell = std::chrono::minutes(1);
  double slower = 1;
  sim.host.latency_ms = [&](const Configuration& config) { return slower * BatchValley(config); };
  sim.StartDaemon();
  ASSERT_TRUE(sim.Until(TunerState::kHolding));
  sim.Seconds(120);
  slower = 2;
  for (int i = 0; i < 200 && sim.journal.Count(DecisionReason::kDrift) == 0; ++i) sim.Second();
  EXPECT_EQ(sim.journal.Count(DecisionReason::kDrift), 1);
}

INSTANTIATE_TEST_SUITE_P(Hosts, OwnMetricsTest,
                         testing::Values(Claim{"Nothing", Nothing},
                                         Claim{"Cumulative", Cumulative}),
                         [](const testing::TestParamInfo<Claim>& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace trimtab
