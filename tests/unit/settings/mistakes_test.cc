// SPDX-License-Identifier: Apache-2.0
// Every kind of mistake in a settings file is told with its path, its line, the
// value and what is allowed; all of them at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/settings/settings.h"

namespace trimtab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Mistake {
  const char* text;
  const char* path;
  int line;
  const char* value;
  const char* allowed;
};

class MistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsToldWithItsPlaceAndWhatIsAllowed) {
  const LoadResult result = ParseSettings(GetParam().text);
  EXPECT_FALSE(result.settings);
  ASSERT_EQ(result.errors.size(), 1u) << FormatErrors("FILE", result.errors);
  const SettingsError& error = result.errors[0];
  EXPECT_EQ(error.path, GetParam().path);
  EXPECT_EQ(error.line, GetParam().line);
  EXPECT_EQ(error.value, GetParam().value);
  EXPECT_THAT(error.message, HasSubstr(GetParam().allowed));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, MistakeTest,
    testing::Values(
        // Unknown keys.
        Mistake{"tunning: {}", "tunning", 1, "tunning", "did you mean 'tuning'?"},
        Mistake{"tuning:\n  mod: auto", "tuning.mod", 2, "mod", "did you mean 'mode'?"},
        Mistake{"sla:\n  max_p99: 1", "sla.max_p99", 2, "max_p99", "max_latency_p99_ms"},
        Mistake{"objective:\n  kind: weighted\n  weights:\n    latency_p98_ms: 1\n"
                "    latency_p99_ms: 1",
                "objective.weights.latency_p98_ms", 4, "latency_p98_ms", "latency_p95_ms"},
        Mistake{"parameters:\n  a:\n    valuse: [1, 2]\n    values: [1, 2]", "parameters.a.valuse",
                3, "valuse", "values"},
        // A step that leads nowhere.
        Mistake{"guard:\n  max_step_percent: 24\nparameters:\n  a: {values: [1, 2, 3, 4]}",
                "guard.max_step_percent", 2, "24", "allowed: 25 to 100"},
        Mistake{"guard:\n  max_step_percent: 9\nparameters:\n"
                "  a: {min: 1, max: 1024, type: int, scale: log}",
                "guard.max_step_percent", 2, "9", "allowed: 10 to 100"},
        // Keys given twice.
        Mistake{"tuning:\n  seed: 1\n  seed: 2", "tuning.seed", 3, "seed", "given twice"},
        Mistake{"sla: {}\nsla: {}", "sla", 2, "sla", "given twice"},
        Mistake{"parameters:\n  a: {values: [1, 2]}\n  a: {values: [3, 4]}", "parameters.a", 3, "a",
                "given twice"},
        // Wrong types.
        Mistake{"tuning:\n  max_trials: many", "tuning.max_trials", 2, "many", "a whole number"},
        Mistake{"tuning:\n  max_trials: 1.5", "tuning.max_trials", 2, "1.5", "a whole number"},
        Mistake{"tuning:\n  max_trials: \"5\"", "tuning.max_trials", 2, "5", "a whole number"},
        Mistake{"tuning:\n  max_trials: [5]", "tuning.max_trials", 2, "", "a single value"},
        Mistake{"tuning:\n  autostart: yes", "tuning.autostart", 2, "yes", "true or false"},
        Mistake{"hold:\n  drift_delta: .nan", "hold.drift_delta", 2, ".nan", "a number from"},
        Mistake{"hold:\n  drift_delta: .inf", "hold.drift_delta", 2, ".inf", "a number from"},
        Mistake{"measure: 5", "measure", 1, "5", "a mapping"},
        // Out of range.
        Mistake{"tuning:\n  max_trials: 0", "tuning.max_trials", 2, "0", "from 1 to 1000000"},
        Mistake{"tuning:\n  max_trials: 99999999999999999999", "tuning.max_trials", 2,
                "99999999999999999999", "from 1 to 1000000"},
        Mistake{"sla:\n  min_availability_percent: 101", "sla.min_availability_percent", 2, "101",
                "from 0 to 100"},
        Mistake{"host:\n  address: nowhere", "host.address", 2, "nowhere", "HOST:PORT"},
        Mistake{"host:\n  address: a:70000", "host.address", 2, "a:70000", "0 to 65535"},
        Mistake{"host:\n  address: 10.0.0.7:7400", "host.address", 2, "10.0.0.7:7400",
                "without tls, allowed are unix:PATH and the loopback"},
        Mistake{"api:\n  listen: 0.0.0.0:7411", "api.listen", 2, "0.0.0.0:7411",
                "without tls, allowed are unix:PATH and the loopback"},
        Mistake{"api:\n  listen: '[::]:7411'", "api.listen", 2, "[::]:7411", "loopback"},
        Mistake{"api:\n  tls: {certificate: /c}", "api.tls.key", 2, "", "go together"},
        Mistake{"host:\n  tls: {server_name: a}", "host.tls.ca", 2, "", "must be given"},
        Mistake{"api:\n  anonymous: operator", "api.anonymous", 2, "operator", "none, viewer"},
        Mistake{"api:\n  roles:\n    viewer: {uids: [root]}", "api.roles.viewer.uids", 3, "",
                "'root' must be the number of a user"},
        Mistake{"api:\n  roles:\n    admin: {tokens: [ci]}", "api.roles.admin.tokens", 3, "",
                "'ci' is not in api.tokens"},
        Mistake{"api:\n  roles:\n    root: {uids: [0]}", "api.roles.root", 3, "root",
                "viewer, operator, admin"},
        Mistake{"api:\n  roles:\n    admin: {uids: 5}", "api.roles.admin.uids", 3, "5",
                "must be a list"},
        Mistake{"api:\n  limits: {streams: 0}", "api.limits.streams", 2, "0", "from 1"},
        Mistake{"store:\n  path: ''", "store.path", 2, "", "not be empty"},
        // Not one of the words.
        Mistake{"tuning:\n  mode: automatic", "tuning.mode", 2, "automatic",
                "observe, recommend, approve, auto"},
        Mistake{"tuning:\n  strategy: magic", "tuning.strategy", 2, "magic", "sobol"},
        Mistake{"objective:\n  kind: minimize\n  metric: latency_p98_ms", "objective.metric", 3,
                "latency_p98_ms", "latency_p99_ms"},
        Mistake{"log:\n  level: loud", "log.level", 2, "loud", "debug, info, warning, error"},
        // Inverted ranges, and what doesn't fit together.
        Mistake{"measure:\n  min_windows: 9\n  max_windows: 3", "measure.min_windows", 2, "9",
                "not be above max_windows, which is 3"},
        Mistake{"tuning: {retry_initial_ms: 900, retry_max_ms: 100}", "tuning.retry_initial_ms", 1,
                "900", "not be above tuning.retry_max_ms"},
        Mistake{"host: {rpc_timeout_ms: 2000}\ntuning: {lease_ms: 3000}", "tuning.lease_ms", 2,
                "3000", "three times host.rpc_timeout_ms"},
        Mistake{"tuning:\n  seed: 1\nhost: {rpc_timeout_ms: 6000}", "tuning.lease_ms", 2, "",
                "three times host.rpc_timeout_ms"},
        Mistake{"objective:\n  kind: reference\n  metric: latency_p99_ms", "objective.metric", 3,
                "latency_p99_ms", "has no effect"},
        Mistake{
            "objective:\n  kind: minimize\n  metric: latency_p99_ms\n  weights: {cpu_percent: 1}",
            "objective.weights", 4, "", "has no effect"},
        Mistake{"telemetry:\n  listen: unix:/run/metrics", "telemetry.listen", 2,
                "unix:/run/metrics", "HOST:PORT"},
        Mistake{"parameters:\n  timeout_ms: fast\n  a: {min: 1, max: 2}", "parameters.timeout_ms",
                2, "fast", "a whole number"},
        Mistake{"parameters:\n  batch_size: {values: [0.5, 1.5]}", "parameters.batch_size", 2, "",
                "whole numbers"},
        Mistake{"parameters:\n  a: {min: 5, max: 2}", "parameters.a", 2, "", "a"},
        Mistake{"parameters:\n  a: {values: [4, 2]}", "parameters.a", 2, "", "must ascend"},
        Mistake{"parameters:\n  a: {values: [1, two]}", "parameters.a", 2, "", "a"},
        // Spaces and rules.
        Mistake{"parameters:\n  a: {min: 1}", "parameters.a.values", 2, "", "min and max"},
        Mistake{"parameters:\n  a: 5", "parameters", 2, "", "more than one value"},
        Mistake{"rules:\n  - cache_size >= two", "rules", 2, "cache_size >= two", "two"},
        Mistake{"rules:\n  - cache_size >", "rules", 2, "cache_size >", ""},
        Mistake{"rules: 5", "rules", 1, "5", "must be a list"},
        Mistake{"objective:\n  kind: weighted", "objective.weights", 2, "", "at least one metric"},
        Mistake{"objective:\n  front: memory_bytes", "objective.front", 2, "memory_bytes",
                "a list of at most 2 metrics"},
        Mistake{"objective:\n  front: [memory]", "objective.front", 2, "memory",
                "names no metric; allowed: latency_p50_ms"},
        Mistake{"objective:\n  kind: minimize", "objective.metric", 2, "", "one of: latency_p50"},
        Mistake{"objective:\n  front: [cpu_percent, cpu_percent]", "objective.front", 2,
                "cpu_percent", "twice"},
        Mistake{"tuning: {strategy: grid}\nobjective:\n  front: [cpu_percent]", "objective.front",
                3, "", "tuning.strategy bayes"},
        // No settings at all.
        Mistake{"", "", 0, "", "holds no settings"}, Mistake{"- a\n- b", "", 1, "", "a mapping"},
        Mistake{"tuning: {mode: auto", "", 1, "", "is not YAML"}));

TEST(MistakesTest, AllAreToldAtOnceEachOnALineOfItsOwn) {
  const LoadResult result = ParseSettings(
      "tuning:\n  mod: auto\n  max_trials: many\nmeasure: {min_windows: 9, max_windows: 3}\n"
      "sla:\n  max_latency_p99_ms: -1\n");
  EXPECT_FALSE(result.settings);
  std::vector<std::string> paths;
  for (const SettingsError& error : result.errors) paths.push_back(error.path);
  EXPECT_THAT(
      paths, testing::UnorderedElementsAre("tuning.mod", "tuning.max_trials", "measure.min_windows",
                                           "sla.max_latency_p99_ms"));
  const std::string text = FormatErrors("my.yaml", result.errors);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_THAT(text, HasSubstr("my.yaml:3:15: tuning.max_trials: 'many' must be a whole number"));
}

TEST(MistakesTest, AFileThatIsNoneIsToldSo) {
  const LoadResult none = LoadSettings("/nowhere/at/all.yaml");
  ASSERT_EQ(none.errors.size(), 1u);
  EXPECT_EQ(none.errors[0].message, "there is no such file");
  EXPECT_EQ(LoadSettings("/").errors.at(0).message, "is a directory, not a regular file");
}

TEST(SettingsTest, ValuesArriveInTheirUnits) {
  const LoadResult result = ParseSettings(
      "host: {rpc_timeout_ms: 250}\ntuning: {mode: approve, lease_ms: 5000, strategy: sobol}\n"
      "objective: {kind: weighted, weights: {latency_p99_ms: 2, cpu_percent: 1}}\n"
      "sla: {budget_percent: 2}\nvalidation: {min_gain_percent: 5}\n"
      "parameters:\n  cache_size: {min: 1, max: 1000, scale: log}\n  fast: {type: bool}\n"
      "  codec: {values: [lz4, zstd]}\n  ratio: {type: double, min: 0.5, max: 1.5}\n  timeout_ms: "
      "100\n"
      "rules: [cache_size >= 2 * ratio]\nshutdown: restore_baseline\n");
  ASSERT_TRUE(result.settings) << FormatErrors("FILE", result.errors);
  const TuningPolicy& policy = result.settings->tuning;
  EXPECT_EQ(result.settings->host.rpc_timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(policy.mode, TuningMode::kApprove);
  EXPECT_EQ(policy.lease, std::chrono::seconds(5));
  EXPECT_DOUBLE_EQ(policy.sla_budget_ratio, 0.02);
  EXPECT_DOUBLE_EQ(policy.validation.min_gain_ratio, 0.05);
  EXPECT_EQ(policy.objective.weights.at(Metric::kLatencyP99Ms), 2);
  EXPECT_EQ(policy.space.Find("cache_size")->scale, Scale::kLog);
  EXPECT_EQ(policy.space.Find("fast")->type, ParameterType::kBool);
  EXPECT_EQ(policy.space.Find("codec")->type, ParameterType::kCategorical);
  EXPECT_EQ(policy.space.Find("ratio")->type, ParameterType::kDouble);
  EXPECT_EQ(policy.fixed, (Configuration{{"timeout_ms", std::int64_t{100}}}));
  EXPECT_EQ(policy.shutdown, ShutdownPolicy::kRestoreBaseline);
}

TEST(SettingsTest, WhoMayDoWhatArrives) {
  const LoadResult result = ParseSettings(
      "host: {address: 'db.test:1', tls: {ca: /ca, certificate: /c, key: /k, server_name: db}}\n"
      "api:\n  listen: 0.0.0.0:7411\n  tls: {certificate: /c, key: /k, client_ca: /ca}\n"
      "  tokens: {ci: /ci}\n  anonymous: viewer\n"
      "  roles: {operator: {certificates: [a.test], uids: [7], tokens: [ci]}}\n"
      "  limits: {message_bytes: 4096, streams: 5, requests_per_second: 6, idle_ms: 7000}\n");
  ASSERT_TRUE(result.settings) << FormatErrors("FILE", result.errors);
  const Settings& settings = *result.settings;
  EXPECT_EQ(settings.host.tls, (TlsFiles{"/ca", "/c", "/k"}));
  EXPECT_EQ(settings.host.tls_server_name, "db");
  EXPECT_EQ(settings.api_tls, (TlsFiles{"/ca", "/c", "/k"}));
  EXPECT_EQ(settings.access.token_files.at("ci"), "/ci");
  EXPECT_EQ(settings.access.anonymous, Role::kViewer);
  EXPECT_EQ(settings.access.roles.at(Role::kOperator), (RoleMembers{{"a.test"}, {7}, {"ci"}}));
  EXPECT_EQ(settings.limits, (ApiLimits{4096, 5, 6, 7000}));
}

TEST(SettingsTest, OnlyThisMachineIsReachedWithoutTls) {
  for (const char* local :
       {"unix:/run/x", "127.0.0.1:0", "127.9.9.9:1", "[::1]:1", "localhost:1"}) {
    EXPECT_EQ(WhyNotAllowed(local, false), "") << local;
  }
  for (const char* far :
       {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.test:1", "127.0.0.1.example.test:1",
        "localhost.test:1", ":1", "[::ffff:1.2.3.4]:1"}) {
    EXPECT_NE(WhyNotAllowed(far, false), "") << far;
    EXPECT_EQ(WhyNotAllowed(far, true), "") << far;
  }
}

TEST(SettingsTest, HowMuchOfTheAuditIsKeptArrives) {
  const LoadResult result =
      ParseSettings("audit: {accepted: 200, refused: 20, max_age_ms: 7200000}\n");
  ASSERT_TRUE(result.settings) << FormatErrors("FILE", result.errors);
  EXPECT_EQ(result.settings->audit, (AuditRetention{200, 20, std::chrono::hours(2)}));
}

TEST(SettingsTest, WhatTwoFilesGiveDifferentlyIsToldButNothingSecret) {
  const Settings before = *ParseSettings(
                               "tuning: {mode: auto}\nrules: [a <= 1]\napi: {tokens: {ci: /old}}\n"
                               "parameters: {a: {values: [1, 2]}}\n")
                               .settings;
  const Settings after =
      *ParseSettings(
           "tuning: {mode: approve, seed: 2}\nrules: []\napi: {tokens: {ci: /new}}\n"
           "parameters: {a: {values: [1, 3]}}\n")
           .settings;
  EXPECT_THAT(Changes(before, before), ElementsAre());
  EXPECT_THAT(
      Changes(before, after),
      ElementsAre("api.tokens.ci", "parameters.a.values: [1, 2] -> [1, 3]", "rules: [a <= 1] -> []",
                  "tuning.mode: auto -> approve", "tuning.seed: by default -> 2"));
}

TEST(SettingsTest, WhatAReloadCannotSwapIsNamed) {
  const Settings before = *ParseSettings("{}").settings;
  EXPECT_THAT(NeedsRestart(before, before), ElementsAre());
  const Settings after =
      *ParseSettings("api: {listen: 'unix:/run/x'}\nstore: {path: /x}\ntuning: {mode: observe}\n")
           .settings;
  EXPECT_THAT(NeedsRestart(before, after),
              testing::UnorderedElementsAre("api.listen", "store.path"));
}

}  // namespace
}  // namespace trimtab
