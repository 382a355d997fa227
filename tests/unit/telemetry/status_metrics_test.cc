// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/status_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

namespace trimtab {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Exposition(const TunerStatus& status) {
  return prometheus::TextSerializer().Serialize(ToFamilies(status, std::chrono::milliseconds(250)));
}

// With everything that there can be.
TunerStatus Full() {
  TunerStatus status;
  status.state = TunerState::kHolding;
  status.host_reachable = true;
  status.config_in_force =
      Configuration{{"cache_size", std::int64_t{1000}}, {"fast", true},
                    {"codec", std::string("zstd")},     {"timeout_ms", std::int64_t{250}},
                    {"buffer", std::int64_t{4}},        {"share", 12.5}};
  status.units = {{"cache_size", "entries"}, {"buffer", "KiB"}, {"share", "percent"}};
  status.silence = std::chrono::milliseconds(1500);
  status.latest.emplace();
  for (const MetricInfo& info : AllMetrics()) status.latest->Set(info.metric, 50);
  status.compliance = {true, false, true, {}, false};
  status.baseline = ScoredConfiguration{{}, Score{1, {}}, {}, {}};
  status.incumbent = ScoredConfiguration{{}, Score{2, {}}, {}, {}};
  status.candidate = ScoredConfiguration{{}, Score{1.5, {}}, {}, {}};
  status.windows_refused_by_reason = {{"nan", 3}};
  status.host_failures_by_call = {{"apply_config", 2}};
  status.decisions_by_reason[static_cast<std::size_t>(DecisionReason::kSlaBreach)] = 4;
  status.trials_by_verdict = {5, 6, 7, 8};
  status.suggestions = 4;
  status.suggestion_time = std::chrono::milliseconds(500);
  status.sla_budget = {0.01, std::chrono::seconds(3), std::chrono::minutes(10)};
  status.loop_events = 9;
  status.loop_delay = std::chrono::milliseconds(125);
  return status;
}

TEST(StatusMetricsTest, UnitsAreBaseUnits) {
  const std::string text = Exposition(Full());
  for (const char* line : {"trimtab_host_latency_seconds{percentile=\"99\"} 0.05\n",
                           "trimtab_host_cpu_cores 0.5\n",
                           "trimtab_host_error_ratio 0.5\n",
                           "trimtab_host_memory_bytes 50\n",
                           "trimtab_parameter_value{parameter=\"cache_size\"} 1000\n",
                           "trimtab_parameter_value{parameter=\"fast\"} 1\n",
                           "trimtab_parameter_seconds{parameter=\"timeout_ms\"} 0.25\n",
                           "trimtab_parameter_bytes{parameter=\"buffer\"} 4096\n",
                           "trimtab_parameter_ratio{parameter=\"share\"} 0.125\n",
                           "trimtab_parameter_info{parameter=\"codec\",value=\"zstd\"} 1\n",
                           "trimtab_host_throughput_operations_per_second 50\n",
                           "trimtab_suggestion_duration_seconds_count 4\n",
                           "trimtab_suggestion_duration_seconds_sum 0.5\n",
                           "trimtab_host_timeout_ratio 0.5\n",
                           "trimtab_score{of=\"incumbent\"} 2\n",
                           "trimtab_sla_compliant{requirement=\"throughput\"} 0\n",
                           "trimtab_sla_compliant{requirement=\"all\"} 0\n",
                           "trimtab_sla_breach_allowed_ratio 0.01\n",
                           "trimtab_sla_observed_seconds_total 600\n",
                           "trimtab_sla_breach_seconds_total 3\n",
                           "trimtab_host_window_age_seconds 1.5\n",
                           "trimtab_loop_idle_seconds 0.25\n",
                           "trimtab_loop_events_total 9\n",
                           "trimtab_loop_delay_seconds_total 0.125\n",
                           "trimtab_trials_total{verdict=\"INCONCLUSIVE\"} 7\n",
                           "trimtab_decisions_total{reason=\"sla_breach\"} 4\n",
                           "trimtab_rollbacks_total{reason=\"sla_breach\"} 4\n",
                           "trimtab_windows_refused_total{reason=\"nan\"} 3\n",
                           "trimtab_host_call_failures_total{call=\"apply_config\"} 2\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(StatusMetricsTest, NoGaugeShowsThePast) {
  TunerStatus lost = Full();
  lost.state = TunerState::kHostLost;
  lost.host_reachable = false;
  lost.latest.reset();
  lost.silence.reset();
  lost.compliance = {};
  lost.candidate.reset();
  const std::string text = Exposition(lost);
  for (const char* stale : {"trimtab_host_latency", "trimtab_host_throughput", "trimtab_host_cpu",
                            "trimtab_host_error", "trimtab_host_uptime", "trimtab_host_window_age",
                            "trimtab_parameter_", "trimtab_sla_compliant", "of=\"candidate\""}) {
    EXPECT_THAT(text, Not(HasSubstr(stale)));
  }
  EXPECT_THAT(text, HasSubstr("trimtab_host_reachable 0\n"));
  EXPECT_THAT(text, HasSubstr("trimtab_state{state=\"host_lost\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("trimtab_state{state=\"holding\"} 0\n"));
}

TEST(StatusMetricsTest, AMetricThatTheHostDoesNotHaveIsLeftOut) {
  TunerStatus status = Full();
  status.latest->Set(Metric::kCpuPercent, std::nullopt);
  EXPECT_THAT(Exposition(status), Not(HasSubstr("trimtab_host_cpu_cores")));
}

TEST(StatusMetricsTest, CountersAreThereFromTheStart) {
  const std::string text = Exposition(TunerStatus());
  for (const char* line :
       {"trimtab_trials_total{verdict=\"SUCCESS\"} 0\n",
        "trimtab_rollbacks_total{reason=\"probation_failed\"} 0\n",
        "trimtab_host_call_failures_total{call=\"get_config\"} 0\n",
        "trimtab_host_call_failures_total{call=\"stream_metrics\"} 0\n",
        "trimtab_store_failures_total 0\n", "trimtab_audit_failures_total 0\n",
        "trimtab_audit_lost_total 0\n", "trimtab_settings_reload_failures_total 0\n",
        "trimtab_settings_reload_successful 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(StatusMetricsTest, LabelsHaveFewValuesAndFamiliesOneName) {
  std::set<std::string> names;
  for (const auto& family : ToFamilies(Full(), Duration::zero())) {
    EXPECT_TRUE(family.name.starts_with("trimtab_")) << family.name;
    EXPECT_FALSE(family.help.empty()) << family.name;
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_LE(family.metric.size(), 32u) << family.name;
    std::set<std::vector<std::string>> series;
    for (const auto& metric : family.metric) {
      EXPECT_LE(metric.label.size(), 2u) << family.name;
      std::vector<std::string> labels;
      for (const auto& label : metric.label) labels.push_back(label.name + "=" + label.value);
      EXPECT_TRUE(series.insert(labels).second) << family.name;
    }
  }
}

// What a name promises of its values, as Prometheus' own conventions have it.
TEST(StatusMetricsTest, NamesFollowTheConventions) {
  for (const auto& family : ToFamilies(Full(), Duration::zero())) {
    const std::string& name = family.name;
    EXPECT_EQ(family.type == prometheus::MetricType::Counter, name.ends_with("_total")) << name;
    for (const char* unit : {"_ms", "_milliseconds", "_percent", "_operations", "_throughput_bytes",
                             "_network_bytes", "_count", "_sum", "_bucket"}) {
      EXPECT_FALSE(name.ends_with(unit)) << name;
    }
  }
}

TEST(StatusMetricsTest, TheReadmeListsEveryFamily) {
  std::ifstream file(TRIMTAB_TELEMETRY_README);
  std::set<std::string> listed;
  for (std::string line; std::getline(file, line);) {
    const std::string start = "| `trimtab_";
    if (!line.starts_with(start)) continue;
    listed.insert(line.substr(3, line.find_first_of("`{", 3) - 3));
  }
  std::set<std::string> exported;
  for (const auto& family : ToFamilies(Full(), Duration::zero())) exported.insert(family.name);
  EXPECT_EQ(listed, exported);
}

TEST(StatusMetricsTest, PromtoolHasNothingToSay) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "promtool is not installed";
  }
  for (const TunerStatus& status : {TunerStatus(), Full()}) {
    const std::string name = testing::TempDir() + "/trimtab-scrape-" + std::to_string(getpid());
    std::ofstream(name) << Exposition(status);
    const std::string command = "promtool check metrics < " + name + " 2>&1";
    std::FILE* pipe = popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string said;
    for (int c; (c = std::fgetc(pipe)) != EOF;) said += static_cast<char>(c);
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_EQ(said, "");
    std::remove(name.c_str());
  }
}

}  // namespace
}  // namespace trimtab
