// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/search/strategy.h"
#include "daemon/settings/api_reader.h"
#include "daemon/settings/space_reader.h"
#include "daemon/settings/yaml_reader.h"

namespace trimtab {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;
constexpr double kHuge = 1e12;

using Errors = std::vector<SettingsError>;

void ReadHost(const YAML::Node& node, Settings& settings, Errors& errors) {
  YamlReader reader(node, "host", errors);
  reader.Address("address", settings.host.address);
  reader.Milliseconds("rpc_timeout_ms", settings.host.rpc_timeout, 10, 60000);
  reader.Choice("metrics", {"auto", "stream", "poll", "benchmark"}, [&](std::size_t index) {
    settings.host.metrics = static_cast<Settings::MetricsMode>(index);
  });
  reader.Milliseconds("poll_interval_ms", settings.host.poll_interval, 50, 60000);
  reader.Milliseconds("benchmark_duration_ms", settings.host.benchmark_duration, 10, 300000);
  reader.Milliseconds("benchmark_warm_up_ms", settings.host.benchmark_warm_up, 0, 300000);
  ReadHostTls(reader, settings, errors);
  settings.tuning.needs_benchmark = settings.host.metrics == Settings::MetricsMode::kBenchmark;
}

// A benchmark is a window: it must come in time, and the warm-up does what
// settling does for live traffic.
void CheckBenchmark(const YAML::Node& document, const Settings& settings, YamlReader& root) {
  if (!settings.tuning.needs_benchmark) return;
  const MeasurePolicy& measure = settings.tuning.measure;
  if (measure.settle > settings.host.benchmark_warm_up) {
    root.Fail("measure.settle_ms", document,
              "must not be above host.benchmark_warm_up_ms when host.metrics is benchmark: each "
              "first benchmark would be thrown away");
  }
  if (measure.window_timeout <= settings.host.benchmark_warm_up + settings.host.benchmark_duration +
                                    settings.host.rpc_timeout) {
    root.Fail("measure.window_timeout_ms", document,
              "must be above host.benchmark_warm_up_ms + host.benchmark_duration_ms + "
              "host.rpc_timeout_ms when host.metrics is benchmark: no window could come in time");
  }
}

void ReadTuning(const YAML::Node& node, TuningPolicy& policy, Errors& errors) {
  YamlReader reader(node, "tuning", errors);
  reader.Choice("mode", {"observe", "recommend", "approve", "auto"},
                [&](std::size_t index) { policy.mode = static_cast<TuningMode>(index); });
  reader.Bool("autostart", policy.autostart);
  const std::vector<std::string> names = StrategyNames();
  reader.Choice("strategy", names, [&](std::size_t index) { policy.strategy = names[index]; });
  reader.Integer("seed", policy.seed, 0, std::numeric_limits<std::int64_t>::max());
  reader.Integer("max_trials", policy.max_trials, 1, 1000000);
  reader.Integer("incumbent_every", policy.incumbent_every, 0, 1000000);
  reader.Milliseconds("lease_ms", policy.lease, 1000, 300000);
  reader.Milliseconds("retry_initial_ms", policy.retry_initial, 10, 60000);
  reader.Milliseconds("retry_max_ms", policy.retry_max, 10, 3600000);
}

void ReadFront(const YAML::Node& front, YamlReader& reader, ObjectiveSpec& objective) {
  if (!front.IsDefined() || front.IsNull()) return;
  if (!front.IsSequence() || front.size() > ObjectiveSpec::kMostFront) {
    reader.Fail("front", front,
                fmt::format("must be a list of at most {} metrics", ObjectiveSpec::kMostFront));
    return;
  }
  for (const YAML::Node& each : front) {
    const auto metric = each.IsScalar() ? MetricByName(each.Scalar()) : std::optional<Metric>();
    const bool twice = metric && std::find(objective.front.begin(), objective.front.end(),
                                           *metric) != objective.front.end();
    if (!metric || twice) {
      reader.Fail("front", each, twice ? "names a metric twice" : "names no metric");
      continue;
    }
    objective.front.push_back(*metric);
  }
}

void ReadObjective(const YAML::Node& node, TuningPolicy& policy, Errors& errors) {
  ObjectiveSpec& objective = policy.objective;
  YamlReader reader(node, "objective", errors);
  reader.Choice("kind", {"reference", "maximize", "minimize", "weighted"}, [&](std::size_t index) {
    objective.kind = static_cast<ObjectiveSpec::Kind>(index);
  });
  std::vector<std::string> names;
  for (const MetricInfo& info : AllMetrics()) names.emplace_back(info.name);
  // A wrong one is told as such, not as missing.
  const auto given = [&node](const char* key) { return node.IsMap() && node[key].IsDefined(); };
  reader.Choice("metric", names,
                [&](std::size_t index) { objective.metric = AllMetrics()[index].metric; });
  {
    YamlReader weights(reader.Take("weights"), "objective.weights", errors);
    for (const std::string& name : names) {
      std::optional<double> weight;
      weights.Number(name, weight, 1e-9, 1e9);
      if (weight) objective.weights[*MetricByName(name)] = *weight;
    }
  }
  ReadFront(reader.Take("front"), reader, objective);
  if (!objective.front.empty() && policy.strategy != "bayes") {
    reader.Fail("front", node["front"], "needs tuning.strategy bayes");
  }
  const bool one = objective.kind == ObjectiveSpec::Kind::kMaximize ||
                   objective.kind == ObjectiveSpec::Kind::kMinimize;
  if (one && !given("metric"))
    reader.Fail("metric", node, "must be given for maximize and minimize");
  if (objective.kind == ObjectiveSpec::Kind::kWeighted && objective.weights.empty()) {
    reader.Fail("weights", node, "must name at least one metric for weighted");
  }
}

void ReadSla(const YAML::Node& node, TuningPolicy& policy, Errors& errors) {
  YamlReader reader(node, "sla", errors);
  reader.Number("max_latency_p99_ms", policy.sla.max_latency_p99_ms, 1e-6, kHuge);
  reader.Number("min_throughput_ops_per_second", policy.sla.min_throughput_ops_per_second, 0,
                kHuge);
  reader.Number("min_availability_percent", policy.sla.min_availability_percent, 0, 100);
  reader.Number("max_error_rate_percent", policy.sla.max_error_rate_percent, 0, 100);
  reader.Percent("budget_percent", policy.sla_budget_ratio, 0, 100);
}

void ReadMeasure(const YAML::Node& node, MeasurePolicy& measure, Errors& errors) {
  YamlReader reader(node, "measure", errors);
  reader.Milliseconds("settle_ms", measure.settle, 0, kDayMs);
  reader.Integer("min_windows", measure.min_windows, 1, 10000);
  reader.Integer("max_windows", measure.max_windows, 1, 10000);
  reader.Integer("min_requests", measure.min_requests, 1, 1000000000);
  reader.Percent("target_relative_error_percent", measure.target_relative_error, 0, 100);
  reader.Milliseconds("window_timeout_ms", measure.window_timeout, 100, kDayMs);
  if (measure.min_windows > measure.max_windows) {
    reader.Fail(
        "min_windows", node,
        fmt::format("{} is above max_windows {}", measure.min_windows, measure.max_windows));
  }
}

void ReadGuard(const YAML::Node& node, GuardPolicy& guard, Errors& errors) {
  YamlReader reader(node, "guard", errors);
  reader.Integer("breach_windows", guard.breach_windows, 1, 10000);
  reader.Percent("hopeless_percent", guard.hopeless_ratio, 0, 10000);
  reader.Percent("max_step_percent", guard.max_step_ratio, 1, 100);
  reader.Percent("exploration_breach_percent", guard.exploration_breach_ratio, 0, 100);
  reader.Milliseconds("exploration_breach_grace_ms", guard.exploration_breach_grace, 0, kDayMs);
  reader.Milliseconds("recovery_ms", guard.recovery, 0, kDayMs);
  reader.Integer("freeze_windows", guard.freeze_windows, 1, 10000);
  reader.Integer("thaw_windows", guard.thaw_windows, 1, 10000);
  reader.Bool("allow_breaching_baseline", guard.allow_breaching_baseline);
}

void ReadValidation(const YAML::Node& node, ValidationPolicy& validation, Errors& errors) {
  YamlReader reader(node, "validation", errors);
  reader.Integer("pairs", validation.pairs, 2, 1000);
  reader.Integer("windows_per_half", validation.windows_per_half, 1, 10000);
  reader.Integer("finalists", validation.finalists, 1, 100);
  reader.Percent("false_positive_percent", validation.false_positive_ratio, 0.01, 40);
  reader.Percent("min_gain_percent", validation.min_gain_ratio, 0, 1000);
}

void ReadHold(const YAML::Node& node, HoldPolicy& hold, Errors& errors) {
  YamlReader reader(node, "hold", errors);
  reader.Milliseconds("probation_ms", hold.probation, 0, kDayMs);
  reader.Number("drift_delta", hold.drift_delta, 0, 100);
  reader.Number("drift_lambda", hold.drift_lambda, 0.1, 1e6);
  reader.Milliseconds("min_dwell_ms", hold.min_dwell, 0, 365 * kDayMs);
  reader.Milliseconds("retune_after_ms", hold.retune_after, 0, 365 * kDayMs);
}

void ReadDaemon(YamlReader& root, Settings& settings, Errors& errors) {
  root.Choice("shutdown", {"restore_committed", "restore_baseline"}, [&](std::size_t index) {
    settings.tuning.shutdown = static_cast<ShutdownPolicy>(index);
  });
  {
    YamlReader reader(root.Take("store"), "store", errors);
    reader.Text("path", settings.store_path);
  }
  ReadApi(root.Take("api"), settings, errors);
  {
    YamlReader reader(root.Take("telemetry"), "telemetry", errors);
    reader.Address("listen", settings.telemetry_listen);
    ReadServerTls(reader, "telemetry.tls", settings.telemetry_tls, errors);
  }
  YamlReader reader(root.Take("log"), "log", errors);
  reader.Choice("format", {"text", "json"},
                [&](std::size_t index) { settings.log_json = index == 1; });
  const std::vector<std::string> levels = {"debug", "info", "warning", "error"};
  reader.Choice("level", levels, [&](std::size_t index) { settings.log_level = levels[index]; });
}

Settings ReadAll(const YAML::Node& document, Errors& errors) {
  Settings settings;
  TuningPolicy& policy = settings.tuning;
  YamlReader root(document, "", errors);
  ReadHost(root.Take("host"), settings, errors);
  ReadTuning(root.Take("tuning"), policy, errors);
  ReadObjective(root.Take("objective"), policy, errors);
  ReadSla(root.Take("sla"), policy, errors);
  ReadSpace(root.Take("parameters"), root.Take("rules"), policy, errors);
  ReadMeasure(root.Take("measure"), policy.measure, errors);
  ReadGuard(root.Take("guard"), policy.guard, errors);
  ReadValidation(root.Take("validation"), policy.validation, errors);
  ReadHold(root.Take("hold"), policy.hold, errors);
  ReadDaemon(root, settings, errors);
  if (policy.retry_initial > policy.retry_max) {
    root.Fail("tuning.retry_initial_ms", document, "is above tuning.retry_max_ms");
  }
  CheckBenchmark(document, settings, root);
  if (settings.host.rpc_timeout * 3 > policy.lease) {
    root.Fail("tuning.lease_ms", document,
              "must be at least three times host.rpc_timeout_ms, so that a renewal can be missed");
  }
  if (errors.empty()) {
    const auto strategy = CreateStrategy(policy.strategy, policy.space, policy.seed);
    if (!strategy.ok()) root.Fail("tuning.strategy", document, Message(strategy.status()));
  }
  return settings;
}

}  // namespace

LoadResult ParseSettings(const std::string& text) {
  LoadResult result;
  try {
    const YAML::Node document = YAML::Load(text);
    if (!document.IsDefined() || document.IsNull()) {
      result.errors.push_back({"", 0, 0, "", "the file holds no settings"});
      return result;
    }
    Settings settings = ReadAll(document, result.errors);
    if (result.errors.empty()) result.settings = std::move(settings);
  } catch (const YAML::Exception& error) {
    result.settings.reset();
    result.errors.push_back(
        {"", error.mark.line + 1, error.mark.column + 1, "", "is not YAML: " + error.msg});
  }
  return result;
}

LoadResult LoadSettings(const std::string& file) {
  LoadResult result;
  const auto fail = [&result](std::string message) {
    result.errors.push_back({"", 0, 0, "", std::move(message)});
    return result;
  };
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return fail("there is no such file");
  if (!std::filesystem::is_regular_file(file, error)) return fail("is not a regular file");
  if (std::filesystem::file_size(file, error) > kMaxFileBytes) return fail("is above 1 MiB");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail("can't be read");
  std::ostringstream text;
  text << stream.rdbuf();
  return ParseSettings(text.str());
}

std::string WhyNotAllowed(const std::string& address, bool tls) {
  if (tls || IsLocalAddress(address)) return "";
  return "reaches beyond this machine: without tls, allowed are unix:PATH and the loopback "
         "addresses 127.0.0.1, [::1] and localhost";
}

std::string FormatErrors(const std::string& file, const std::vector<SettingsError>& errors) {
  std::string text;
  for (const SettingsError& error : errors) {
    text += file;
    if (error.line > 0) text += fmt::format(":{}:{}", error.line, error.column);
    text += ": ";
    if (!error.path.empty()) text += error.path + ": ";
    if (!error.value.empty()) text += "'" + error.value + "' ";
    text += error.message + "\n";
  }
  return text;
}

std::vector<std::string> NeedsRestart(const Settings& before, const Settings& after) {
  std::vector<std::string> paths;
  const auto compare = [&paths](bool same, const char* path) {
    if (!same) paths.emplace_back(path);
  };
  compare(before.host.address == after.host.address, "host.address");
  compare(before.host.rpc_timeout == after.host.rpc_timeout, "host.rpc_timeout_ms");
  compare(before.host.metrics == after.host.metrics, "host.metrics");
  compare(before.host.poll_interval == after.host.poll_interval, "host.poll_interval_ms");
  compare(before.host.benchmark_duration == after.host.benchmark_duration,
          "host.benchmark_duration_ms");
  compare(before.host.benchmark_warm_up == after.host.benchmark_warm_up,
          "host.benchmark_warm_up_ms");
  compare(before.host.tls == after.host.tls &&
              before.host.tls_server_name == after.host.tls_server_name,
          "host.tls");
  compare(before.store_path == after.store_path, "store.path");
  compare(before.api_listen == after.api_listen, "api.listen");
  compare(before.api_health_listen == after.api_health_listen, "api.health_listen");
  compare(before.api_socket_group == after.api_socket_group, "api.socket_group");
  compare(before.api_tls == after.api_tls, "api.tls");
  compare(before.access.token_files == after.access.token_files, "api.tokens");
  compare(before.access.roles == after.access.roles, "api.roles");
  compare(before.access.anonymous == after.access.anonymous, "api.anonymous");
  compare(before.limits == after.limits, "api.limits");
  compare(before.telemetry_listen == after.telemetry_listen, "telemetry.listen");
  compare(before.telemetry_tls == after.telemetry_tls, "telemetry.tls");
  compare(before.log_json == after.log_json, "log.format");
  compare(before.log_level == after.log_level, "log.level");
  return paths;
}

}  // namespace trimtab
