// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/utf8.h"
#include "daemon/model/neighbourhood.h"
#include "daemon/search/strategy.h"
#include "daemon/settings/api_reader.h"
#include "daemon/settings/document.h"
#include "daemon/settings/given.h"
#include "daemon/settings/no_effect.h"
#include "daemon/settings/objective_reader.h"
#include "daemon/settings/space_reader.h"
#include "daemon/settings/yaml_reader.h"

namespace trimtab {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;
constexpr double kHuge = 1e12;

void ReadHost(const YAML::Node& node, Settings& settings, Reading& reading) {
  YamlReader reader(node, "host", reading);
  reader.Address("address", settings.host.address);
  reader.Milliseconds("rpc_timeout_ms", settings.host.rpc_timeout, 10, 60000);
  reader.Choice("metrics", {"auto", "stream", "poll", "benchmark"}, settings.host.metrics);
  reader.Milliseconds("poll_interval_ms", settings.host.poll_interval, 50, 60000);
  reader.Milliseconds("benchmark_duration_ms", settings.host.benchmark_duration, 10, 300000);
  reader.Milliseconds("benchmark_warm_up_ms", settings.host.benchmark_warm_up, 0, 300000);
  ReadHostTls(reader, settings, reading);
  settings.tuning.needs_benchmark = settings.host.metrics == Settings::MetricsMode::kBenchmark;
}

// A benchmark is a window: it must come in time, and the warm-up does what
// settling does for live traffic.
void CheckBenchmark(const Settings& settings, YamlReader& root) {
  if (!settings.tuning.needs_benchmark) return;
  const MeasurePolicy& measure = settings.tuning.measure;
  if (measure.settle > settings.host.benchmark_warm_up) {
    root.FailAt("measure.settle_ms",
                "must not be above host.benchmark_warm_up_ms when host.metrics is benchmark: each "
                "first benchmark would be thrown away");
  }
  if (measure.window_timeout <= settings.host.benchmark_warm_up + settings.host.benchmark_duration +
                                    settings.host.rpc_timeout) {
    root.FailAt("measure.window_timeout_ms",
                "must be above host.benchmark_warm_up_ms + host.benchmark_duration_ms + "
                "host.rpc_timeout_ms when host.metrics is benchmark: no window could come in time");
  }
}

void ReadTuning(const YAML::Node& node, TuningPolicy& policy, Reading& reading) {
  YamlReader reader(node, "tuning", reading);
  reader.Choice("mode", {"observe", "recommend", "approve", "auto"}, policy.mode);
  reader.Bool("autostart", policy.autostart);
  reader.Choice("strategy", StrategyNames(), policy.strategy);
  reader.Choice("warm_start", {"none", "instance", "service"}, policy.warm_start);
  reader.Integer("seed", policy.seed, 0, std::numeric_limits<std::int64_t>::max());
  reader.Integer("max_trials", policy.max_trials, 1, 1000000);
  reader.Integer("incumbent_every", policy.incumbent_every, 0, 1000000);
  reader.Milliseconds("lease_ms", policy.lease, 1000, 300000);
  reader.Milliseconds("retry_initial_ms", policy.retry_initial, 10, 60000);
  reader.Milliseconds("retry_max_ms", policy.retry_max, 10, 3600000);
}

void ReadSla(const YAML::Node& node, TuningPolicy& policy, Reading& reading) {
  YamlReader reader(node, "sla", reading);
  reader.Number("max_latency_p99_ms", policy.sla.max_latency_p99_ms, 1e-6, kHuge);
  reader.Number("min_throughput_ops_per_second", policy.sla.min_throughput_ops_per_second, 0,
                kHuge);
  reader.Number("min_availability_percent", policy.sla.min_availability_percent, 0, 100);
  reader.Number("max_error_rate_percent", policy.sla.max_error_rate_percent, 0, 100);
  reader.Percent("budget_percent", policy.sla_budget_ratio, 0, 100);
}

void ReadMeasure(const YAML::Node& node, MeasurePolicy& measure, Reading& reading) {
  YamlReader reader(node, "measure", reading);
  reader.Milliseconds("settle_ms", measure.settle, 0, kDayMs);
  reader.Integer("min_windows", measure.min_windows, 1, 10000);
  reader.Integer("max_windows", measure.max_windows, 1, 10000);
  reader.Integer("min_requests", measure.min_requests, 1, 1000000000);
  reader.Percent("target_relative_error_percent", measure.target_relative_error, 0, 100);
  reader.Milliseconds("window_timeout_ms", measure.window_timeout, 100, kDayMs);
  if (measure.min_windows > measure.max_windows) {
    reader.FailAt("min_windows",
                  fmt::format("must not be above max_windows, which is {}", measure.max_windows));
  }
}

void ReadGuard(const YAML::Node& node, GuardPolicy& guard, Reading& reading) {
  YamlReader reader(node, "guard", reading);
  reader.Integer("breach_windows", guard.breach_windows, 1, 10000);
  reader.Percent("hopeless_percent", guard.hopeless_ratio, 0, 10000);
  reader.Percent("max_step_percent", guard.max_step_ratio, 1, 100);
  reader.Integer("max_changes_per_hour", guard.max_changes_per_hour, 0, 1000000);
  reader.Percent("exploration_breach_percent", guard.exploration_breach_ratio, 0, 100);
  reader.Milliseconds("exploration_breach_grace_ms", guard.exploration_breach_grace, 0, kDayMs);
  reader.Milliseconds("recovery_ms", guard.recovery, 0, kDayMs);
  reader.Integer("freeze_windows", guard.freeze_windows, 1, 10000);
  reader.Integer("thaw_windows", guard.thaw_windows, 1, 10000);
  reader.Bool("allow_breaching_baseline", guard.allow_breaching_baseline);
}

// A limit below the distance of neighbouring points would hold a parameter where
// it is.
void CheckSteps(const TuningPolicy& policy, YamlReader& root) {
  for (const Dimension& dimension : policy.space.dimensions()) {
    const double needed = std::ceil(WidestGap(dimension) * 1e4 - 1e-6) / 1e4;
    if (policy.guard.max_step_ratio >= needed) continue;
    root.FailAt("guard.max_step_percent",
                fmt::format("holds parameters.{0} where it is, whose points are up to {1:.4g} % "
                            "of its range apart; allowed: {1:.4g} to 100",
                            dimension.name, needed * 100));
  }
}

void ReadValidation(const YAML::Node& node, ValidationPolicy& validation, Reading& reading) {
  YamlReader reader(node, "validation", reading);
  reader.Integer("pairs", validation.pairs, 2, 1000);
  reader.Integer("windows_per_half", validation.windows_per_half, 1, 10000);
  reader.Integer("finalists", validation.finalists, 1, 100);
  reader.Percent("false_positive_percent", validation.false_positive_ratio, 0.01, 40);
  reader.Percent("min_gain_percent", validation.min_gain_ratio, 0, 1000);
}

void ReadHold(const YAML::Node& node, HoldPolicy& hold, Reading& reading) {
  YamlReader reader(node, "hold", reading);
  reader.Milliseconds("probation_ms", hold.probation, 0, kDayMs);
  reader.Number("drift_delta", hold.drift_delta, 0, 100);
  reader.Number("drift_lambda", hold.drift_lambda, 0.1, 1e6);
  reader.Milliseconds("min_dwell_ms", hold.min_dwell, 0, 365 * kDayMs);
  reader.Milliseconds("retune_after_ms", hold.retune_after, 0, 365 * kDayMs);
}

void ReadDaemon(YamlReader& root, Settings& settings, Reading& reading) {
  root.Choice("shutdown", {"restore_committed", "restore_baseline"}, settings.tuning.shutdown);
  {
    YamlReader reader(root.Take("store"), "store", reading);
    reader.Text("path", settings.store_path);
  }
  {
    YamlReader reader(root.Take("audit"), "audit", reading);
    reader.Integer("accepted", settings.audit.accepted, 100, 1'000'000);
    reader.Integer("refused", settings.audit.refused, 10, 100'000);
    reader.Milliseconds("max_age_ms", settings.audit.max_age, 3600'000, 3650 * kDayMs);
  }
  ReadApi(root.Take("api"), settings, reading);
  {
    YamlReader reader(root.Take("telemetry"), "telemetry", reading);
    reader.Address("listen", settings.telemetry_listen);
    if (settings.telemetry_listen.starts_with("unix:")) {
      reader.FailAt("listen",
                    "is a Unix socket, which Prometheus does not scrape; allowed: HOST:PORT");
    }
    ReadServerTls(reader, "telemetry.tls", settings.telemetry_tls, reading);
  }
  YamlReader reader(root.Take("log"), "log", reading);
  reader.Choice("format", {"text", "json"}, settings.log_json);
  reader.Choice("level", {"debug", "info", "warning", "error"}, settings.log_level);
}

Settings ReadAll(const YAML::Node& document, Reading& reading) {
  Settings settings;
  TuningPolicy& policy = settings.tuning;
  YamlReader root(document, "", reading);
  ReadHost(root.Take("host"), settings, reading);
  ReadTuning(root.Take("tuning"), policy, reading);
  ReadObjective(root.Take("objective"), policy, reading);
  ReadSla(root.Take("sla"), policy, reading);
  const YAML::Node parameters = root.Take("parameters");
  ReadSpace(parameters, root.Take("rules", KnownSetting::Kind::kList), policy, reading);
  ReadMeasure(root.Take("measure"), policy.measure, reading);
  ReadGuard(root.Take("guard"), policy.guard, reading);
  ReadValidation(root.Take("validation"), policy.validation, reading);
  ReadHold(root.Take("hold"), policy.hold, reading);
  ReadDaemon(root, settings, reading);
  if (policy.retry_initial > policy.retry_max) {
    root.FailAt("tuning.retry_initial_ms", "must not be above tuning.retry_max_ms");
  }
  CheckBenchmark(settings, root);
  if (settings.host.metrics == Settings::MetricsMode::kPoll &&
      policy.measure.window_timeout <= settings.host.poll_interval) {
    root.FailAt("measure.window_timeout_ms",
                "must be above host.poll_interval_ms when host.metrics is poll: no window could "
                "come in time");
  }
  if (settings.host.rpc_timeout * 3 > policy.lease) {
    root.FailAt(
        "tuning.lease_ms",
        "must be at least three times host.rpc_timeout_ms, so that a renewal can be missed");
  }
  SayNoEffect(settings, root);
  if (reading.errors.empty()) {
    CheckSteps(policy, root);
    const auto strategy = CreateStrategy(policy.strategy, policy.space, policy.seed);
    if (!strategy.ok()) root.FailAt("tuning.strategy", Message(strategy.status()));
  }
  return settings;
}

// What a file holds may be long, and steer a terminal.
constexpr std::size_t kLongValue = 80;
constexpr std::size_t kLongMessage = 2000;

std::string OnOneLine(std::string_view text, std::size_t limit = kLongValue) {
  std::string line = ToUtf8(text.substr(0, limit));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text.size() > limit ? line + "..." : line;
}

}  // namespace

std::vector<KnownSetting> KnownSettings() {
  Reading reading;
  // Asks for everything, also what stands below an operator's own names; that
  // these lack something is no matter.
  ReadAll(YAML::Load("{parameters: {'*': {}}, api: {tokens: {'*': path}}}"), reading);
  return std::move(reading.known);
}

LoadResult ParseSettings(const std::string& text) {
  LoadResult result;
  const std::optional<YAML::Node> document = ParseDocument(text, result.errors);
  if (!document) return result;
  try {
    Reading reading;
    Settings settings = ReadAll(*document, reading);
    result.errors = std::move(reading.errors);
    if (reading.found > result.errors.size()) {
      result.errors.push_back(
          {"", 0, 0, "",
           fmt::format("there are {} further mistakes", reading.found - result.errors.size())});
    }
    if (!result.errors.empty()) return result;
    settings.given = Given(*document);
    settings.warnings = std::move(reading.warnings);
    result.settings = std::move(settings);
  } catch (const YAML::Exception& error) {
    result.errors.push_back(
        {"", error.mark.line + 1, error.mark.column + 1, "", "is not YAML: " + error.msg});
  }
  return result;
}

LoadResult LoadSettings(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadSettingsFile(file);
  if (text.ok()) return ParseSettings(*text);
  return {std::nullopt, {{"", 0, 0, "", Message(text.status())}}};
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
    if (!error.path.empty()) text += OnOneLine(error.path) + ": ";
    if (!error.value.empty()) text += "'" + OnOneLine(error.value) + "' ";
    text += OnOneLine(error.message, kLongMessage) + "\n";
  }
  return text;
}

}  // namespace trimtab
