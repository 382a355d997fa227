// SPDX-License-Identifier: Apache-2.0
#include "client/cli/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::SystemConfig Config() {
  v1::SystemConfig config;
  config.set_batch_size(100);
  config.mutable_timeout()->set_nanos(250'000'000);
  (*config.mutable_custom_parameters())["codec"].set_category_value("zstd");
  (*config.mutable_custom_parameters())["fast"].set_bool_value(true);
  (*config.mutable_custom_parameters())["ratio"].set_double_value(0.5);
  return config;
}

TEST(RenderTest, AConfigurationIsOneLineOfNamesAndValues) {
  EXPECT_EQ(OneLine(Config()), "batch_size=100 codec=zstd fast=true ratio=0.5 timeout_ms=250");
  EXPECT_EQ(OneLine(v1::SystemConfig()), "");
}

TEST(RenderTest, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(Table({{"id", "why"}, {"100", "x"}, {"7", "because"}}),
            "id   why\n100  x\n7    because\n");
}

TEST(RenderTest, ABarStaysWithinItsEnds) {
  EXPECT_EQ(ProgressBar(0.6, 10), "[######----]  60 %");
  EXPECT_EQ(ProgressBar(-1, 4), "[----]   0 %");
  EXPECT_EQ(ProgressBar(7, 4), "[####] 100 %");
}

TEST(RenderTest, AnEmptyStatusIsDrawnToo) {
  const v1::TunerStatus status;
  EXPECT_THAT(StatusScreen(status), HasSubstr("no window yet"));
  EXPECT_THAT(StatusLine(status), HasSubstr("trial 0/0"));
  EXPECT_THAT(Report(status), HasSubstr("no configuration was proven better"));
}

TEST(RenderTest, ABrokenSlaIsNamed) {
  v1::TunerStatus status;
  status.mutable_compliance()->set_compliant(false);
  status.mutable_compliance()->set_latency_p99_met(false);
  status.mutable_compliance()->set_throughput_met(true);
  EXPECT_THAT(StatusScreen(status), HasSubstr("BROKEN: latency p99"));
  EXPECT_THAT(StatusScreen(status), Not(HasSubstr("throughput,")));
}

TEST(RenderTest, AReportPutsBaselineBesideWinner) {
  v1::TunerStatus status;
  status.mutable_baseline()->mutable_score()->set_value(1);
  status.mutable_incumbent()->mutable_score()->set_value(1.5);
  status.mutable_baseline()->mutable_metrics()->set_latency_p99_ms(80);
  status.mutable_incumbent()->mutable_metrics()->set_latency_p99_ms(20);
  *status.mutable_baseline()->mutable_config() = Config();
  *status.mutable_incumbent()->mutable_config() = Config();
  status.mutable_incumbent()->mutable_config()->set_batch_size(500);
  status.mutable_gain()->set_percent(50);
  status.mutable_gain()->set_lower_percent(40);
  status.mutable_gain()->set_upper_percent(60);
  status.mutable_gain()->set_confidence(0.95);
  const std::string report = Report(status);
  EXPECT_THAT(report, HasSubstr("latency_p99_ms  80.00      20.00"));
  EXPECT_THAT(report, HasSubstr("batch_size      100        500"));
  EXPECT_THAT(report, HasSubstr("proven gain: +50.0 % [+40.0, +60.0] at 95 % confidence"));

  // The baseline as measured on the winner's load, once that is known.
  *status.mutable_reference() = status.baseline();
  status.mutable_reference()->mutable_metrics()->set_latency_p99_ms(90);
  EXPECT_THAT(Report(status), HasSubstr("latency_p99_ms  90.00      20.00"));
}

TEST(RenderTest, TrialsAndDecisionsHaveAHeadAndALineEach) {
  v1::Trial trial;
  trial.set_id(7);
  trial.set_verdict(v1::VERDICT_FAILED);
  trial.set_purpose(v1::TRIAL_PURPOSE_CANDIDATE);
  trial.set_reason("broke the SLA");
  const std::string trials = TrialTable({trial, trial});
  EXPECT_EQ(std::count(trials.begin(), trials.end(), '\n'), 3);
  EXPECT_THAT(trials, HasSubstr("7   0      candidate  FAILED"));
  v1::GetBestConfigurationResponse best;
  EXPECT_THAT(FrontTable(best), HasSubstr("objective.front"));
  v1::ScoredConfiguration* point = best.add_front();
  point->mutable_metrics()->set_memory_bytes(64 << 20);
  point->mutable_config()->set_batch_size(20);
  EXPECT_THAT(FrontTable(best), HasSubstr("64 MiB"));
  EXPECT_THAT(FrontTable(best), HasSubstr("batch_size=20"));
  v1::Decision decision;
  decision.set_reason(v1::DECISION_REASON_SLA_BREACH);
  EXPECT_THAT(DecisionTable({decision}), HasSubstr("sla_breach"));
}

}  // namespace
}  // namespace trimtab::cli
