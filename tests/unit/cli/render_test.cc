// SPDX-License-Identifier: Apache-2.0
#include "client/cli/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::cli {
namespace {

using testing::HasSubstr;

v1::SystemConfig Config() {
  v1::SystemConfig config;
  config.set_batch_size(100);
  config.mutable_timeout()->set_nanos(250'000'000);
  (*config.mutable_custom_parameters())["codec"].set_category_value("zstd");
  (*config.mutable_custom_parameters())["fast"].set_bool_value(true);
  (*config.mutable_custom_parameters())["ratio"].set_double_value(0.5);
  return config;
}

TEST(RenderTest, AnEmptyReportIsDrawnToo) {
  EXPECT_THAT(Report(v1::TunerStatus()), HasSubstr("no configuration was proven better"));
}

// Both sides by name, whichever of them has it.
TEST(RenderTest, AReportShowsEveryMetricAndParameterOfEitherSide) {
  v1::TunerStatus status;
  auto& before = *status.mutable_baseline();
  auto& after = *status.mutable_incumbent();
  before.mutable_metrics()->set_cpu_percent(50);
  before.mutable_metrics()->set_latency_p99_ms(80);
  after.mutable_metrics()->set_latency_p99_ms(20);
  after.mutable_metrics()->set_memory_bytes(7);
  before.mutable_config()->set_batch_size(100);
  before.mutable_config()->set_cache_size(5);
  after.mutable_config()->set_cache_size(6);
  (*after.mutable_config()->mutable_custom_parameters())["codec"].set_category_value("zstd");
  auto& importance = *status.add_importances();
  importance.set_name("cache_size");
  importance.set_share(0.756);
  const std::string report = Report(status);
  for (const char* row :
       {"cpu_percent     50.00      -\n", "latency_p99_ms  80.00      20.00\n",
        "memory_bytes    -          7.00\n", "batch_size      100        -\n",
        "cache_size      5          6          76 %\n", "codec           -          zstd\n"}) {
    EXPECT_THAT(report, HasSubstr(row));
  }
}

TEST(RenderTest, TheAuditShowsWhatACallChanged) {
  v1::AuditRecord record;
  record.set_id(7);
  record.set_caller("uid:1000");
  record.set_role("operator");
  record.set_peer("unix");
  record.set_call("PauseTuning");
  record.set_outcome("OK");
  record.set_count(1);
  record.set_request("reason: \"\x1b[2Jlunch\xc2\x9b\"");
  record.mutable_before()->set_state(v1::TUNER_STATE_HOLDING);
  record.mutable_before()->set_mode(v1::TUNING_MODE_AUTO);
  record.mutable_before()->mutable_config()->set_batch_size(8);
  *record.mutable_after() = record.before();
  record.mutable_after()->set_state(v1::TUNER_STATE_PAUSED);
  record.mutable_after()->mutable_config()->set_batch_size(16);
  const std::string table = AuditTable({record});
  EXPECT_THAT(table, HasSubstr("uid:1000  operator  unix  PauseTuning  OK"));
  EXPECT_THAT(table, HasSubstr("holding -> paused, batch_size 8 -> 16"));
  // What a caller wrote doesn't reach the terminal as commands.
  EXPECT_THAT(table, HasSubstr("?[2Jlunch\xc2?"));
  record.mutable_after()->set_mode(v1::TUNING_MODE_OBSERVE);
  EXPECT_THAT(AuditTable({record}), HasSubstr("mode auto -> observe"));
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

TEST(RenderTest, TheSlaIsSaidRequirementByRequirement) {
  v1::GetSlaComplianceResponse sla;
  EXPECT_THAT(SlaTable(sla), HasSubstr("nothing is demanded"));
  sla.mutable_requirements()->set_max_latency_p99_ms(80);
  sla.mutable_requirements()->set_min_throughput_ops_per_second(100);
  sla.mutable_requirements()->set_min_availability_percent(99.9);
  sla.mutable_requirements()->set_max_error_rate_percent(1);
  sla.mutable_metrics()->set_latency_p99_ms(20.25);
  sla.mutable_metrics()->set_error_rate_percent(0.75);
  sla.mutable_metrics()->set_timeout_rate_percent(0.5);
  sla.mutable_metrics()->set_throughput_ops_per_second(99);
  sla.mutable_compliance()->set_latency_p99_met(true);
  sla.mutable_compliance()->set_throughput_met(false);
  sla.mutable_compliance()->set_error_rate_met(false);
  sla.mutable_budget()->set_remaining_percent(40);
  sla.mutable_budget()->set_allowed_percent(1);
  sla.mutable_budget()->mutable_in_breach()->set_seconds(6);
  sla.mutable_budget()->mutable_observed()->set_seconds(1000);
  const std::string text = SlaTable(sla);
  for (const char* row : {"latency p99, ms           at most 80     20.25   yes\n",
                          "throughput, operations/s  at least 100   99.00   no\n",
                          "availability, %           at least 99.9  -       not known\n",
                          "errors and timeouts, %    at most 1      1.25    no\n",
                          "error budget: 40 % left; 6 s in breach of 1000 s, 1 % may be\n"}) {
    EXPECT_THAT(text, HasSubstr(row));
  }
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
  trial.mutable_predicted()->set_value(1.5);
  trial.mutable_predicted()->set_lower(1.25);
  trial.mutable_predicted()->set_upper(2);
  EXPECT_THAT(TrialTable({trial}), HasSubstr("1.500 [1.250, 2.000]"));
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
