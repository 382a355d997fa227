// SPDX-License-Identifier: Apache-2.0
// A setting that another one makes meaningless is refused, or warned of where one
// file may well go through both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/settings/settings.h"

namespace trimtab {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Idle {
  const char* text;
  const char* path;
  int line;
  const char* why;
};

class IdleTest : public testing::TestWithParam<Idle> {};

TEST_P(IdleTest, IsWarnedOfWithItsPlaceAndWhy) {
  const LoadResult result = ParseSettings(GetParam().text);
  ASSERT_TRUE(result.settings) << FormatErrors("FILE", result.errors);
  const auto& warnings = result.settings->warnings;
  ASSERT_EQ(warnings.size(), 1u) << FormatErrors("FILE", warnings);
  EXPECT_EQ(warnings[0].path, GetParam().path);
  EXPECT_EQ(warnings[0].line, GetParam().line);
  EXPECT_THAT(warnings[0].message, HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, IdleTest,
    testing::Values(
        Idle{"host:\n  benchmark_duration_ms: 9000", "host.benchmark_duration_ms", 2, "benchmark"},
        Idle{"host:\n  benchmark_warm_up_ms: 1", "host.benchmark_warm_up_ms", 2, "benchmark"},
        Idle{"host:\n  metrics: stream\n  poll_interval_ms: 100", "host.poll_interval_ms", 3,
             "neither poll nor auto"},
        Idle{"tuning:\n  strategy: grid\n  seed: 3", "tuning.seed", 3, "draws nothing"},
        Idle{"tuning: {strategy: grid}\nparameters:\n  a: {min: 1, max: 64, scale: log}",
             "parameters.a.scale", 3, "as they are"},
        Idle{"sla:\n  budget_percent: 1", "sla.budget_percent", 2, "no bound"},
        Idle{"guard:\n  breach_windows: 3", "guard.breach_windows", 2, "no bound"},
        Idle{"guard:\n  recovery_ms: 1", "guard.recovery_ms", 2, "no bound"},
        Idle{"guard:\n  exploration_breach_percent: 9", "guard.exploration_breach_percent", 2,
             "no"},
        Idle{"guard:\n  exploration_breach_grace_ms: 9", "guard.exploration_breach_grace_ms", 2,
             ""},
        Idle{"guard:\n  freeze_windows: 9", "guard.freeze_windows", 2, "no bound"},
        Idle{"guard:\n  thaw_windows: 9", "guard.thaw_windows", 2, "no bound"},
        Idle{"guard:\n  allow_breaching_baseline: true", "guard.allow_breaching_baseline", 2, "no"},
        Idle{"sla:\n  max_error_rate_percent: 100", "sla.max_error_rate_percent", 2, "keeps it"},
        Idle{"sla:\n  min_availability_percent: 0", "sla.min_availability_percent", 2, "keeps it"},
        Idle{"sla:\n  min_throughput_ops_per_second: 0", "sla.min_throughput_ops_per_second", 2,
             "keeps it"},
        Idle{"sla: {max_latency_p99_ms: 5}\nguard: {exploration_breach_percent: 100,\n"
             " exploration_breach_grace_ms: 5}",
             "guard.exploration_breach_grace_ms", 3, "all of the time"},
        Idle{"sla: {max_latency_p99_ms: 5}\nguard:\n  breach_windows: 31", "guard.breach_windows",
             3, "at most 30 windows"},
        Idle{"measure:\n  min_windows: 5\n  max_windows: 5\n  target_relative_error_percent: 1",
             "measure.target_relative_error_percent", 4, "each trial is as long"},
        Idle{"hold:\n  retune_after_ms: 60000", "hold.retune_after_ms", 2, "1800000"},
        Idle{"api:\n  listen: 127.0.0.1:0\n  socket_group: staff", "api.socket_group", 3,
             "no Unix socket"},
        Idle{"api:\n  tls: {certificate: /c, key: /k}", "api.tls", 2, "is a Unix socket"},
        Idle{"api:\n  listen: 127.0.0.1:0\n  roles: {viewer: {uids: [5]}}", "api.roles.viewer.uids",
             3, "Unix socket"},
        Idle{"api:\n  roles: {viewer: {certificates: [a]}}", "api.roles.viewer.certificates", 2,
             "client_ca"},
        Idle{"api:\n  tokens: {ci: /ci}", "api.tokens.ci", 2, "no role"},
        Idle{"parameters:\n  a: {min: 1, max: 9}\nrules:\n  - a <= 9", "rules", 4,
             "every configuration obeys it"},
        Idle{"parameters:\n  a: {min: 1, max: 9}\n  b: {min: 1, max: 9}\nrules: [a <= 1]",
             "parameters.a", 2, "the value 1 alone"}));

TEST(NoEffectTest, WhatIsAsByDefaultIsNotWarnedOf) {
  const std::filesystem::path config = TRIMTAB_CONFIG_DIRECTORY;
  std::vector<std::filesystem::path> files = {config / "trimtab.yaml"};
  for (const auto& file : std::filesystem::directory_iterator(config / "profiles")) {
    files.push_back(file.path());
  }
  for (const std::filesystem::path& file : files) {
    const LoadResult result = LoadSettings(file);
    ASSERT_TRUE(result.settings) << file;
    EXPECT_THAT(FormatErrors(file, result.settings->warnings), IsEmpty());
  }
}

TEST(NoEffectTest, WhatContradictsIsRefused) {
  const auto complaint = [](const std::string& text) {
    return FormatErrors("F", ParseSettings(text).errors);
  };
  EXPECT_THAT(complaint("parameters:\n  a: {values: [1, 2], step: 1}"),
              HasSubstr("F:2:29: parameters.a.step: '1' has no effect beside values"));
  EXPECT_THAT(complaint("parameters:\n  a: {type: bool, max: 1}"),
              HasSubstr("parameters.a.max: '1' has no effect on a switch"));
  EXPECT_THAT(complaint("parameters:\n  a: {min: 1, max: 9, step: 10}"),
              HasSubstr("parameters.a.step: '10' must be at most max - min, which is 8"));
  EXPECT_THAT(complaint("parameters:\n  a: {values: [5]}\n  b: 6"),
              HasSubstr("at least one parameter must have more than one value"));
  EXPECT_THAT(complaint("host: {metrics: poll, poll_interval_ms: 500}\n"
                        "measure: {window_timeout_ms: 500}"),
              HasSubstr("F:2:30: measure.window_timeout_ms: '500' must be above"));
  EXPECT_THAT(complaint("rules: [cache_size >= 2 * timeout_ms]"),
              HasSubstr("timeout_ms is held at 100, so write that"));
}

TEST(NoEffectTest, RulesThatNothingObeysAreRefusedWhereTheyStand) {
  const LoadResult result =
      ParseSettings("rules:\n  - cache_size >= 2 * batch_size\n  - batch_size > cache_size\n");
  ASSERT_EQ(result.errors.size(), 1u) << FormatErrors("F", result.errors);
  EXPECT_EQ(result.errors[0].line, 3);
  EXPECT_THAT(result.errors[0].message,
              HasSubstr("no configuration obeys both it and the rule 'cache_size >= 2 * "
                        "batch_size'"));
  for (const char* strategy : {"grid", "random", "sobol", "hill_climb", "bayes"}) {
    EXPECT_FALSE(ParseSettings(std::string("tuning: {strategy: ") + strategy +
                               "}\nrules: [batch_size > 3000]\n")
                     .settings);
  }
}

}  // namespace
}  // namespace trimtab
