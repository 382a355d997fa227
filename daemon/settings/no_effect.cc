// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/no_effect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "daemon/base/address.h"

namespace trimtab {
namespace {

class NoEffect {
 public:
  explicit NoEffect(YamlReader& root) : root_(root) {}

  // Warns where a value differs from what holds without it.
  template <typename T>
  void Say(const char* path, const T& value, const T& by_default, const std::string& why) {
    if (value != by_default) Say(path, why);
  }
  // One that went through percents.
  void Say(const char* path, double value, double by_default, const std::string& why) {
    if (std::abs(value - by_default) > 1e-12) Say(path, why);
  }
  void Say(const std::string& path, const std::string& why) {
    root_.WarnAt(path, "has no effect: " + why);
  }

 private:
  YamlReader& root_;
};

void SayOfHost(const Settings::Host& host, const Settings::Host& other, NoEffect& no_effect) {
  using Mode = Settings::MetricsMode;
  if (host.metrics != Mode::kBenchmark) {
    const std::string why = "host.metrics is not benchmark";
    no_effect.Say("host.benchmark_duration_ms", host.benchmark_duration, other.benchmark_duration,
                  why);
    no_effect.Say("host.benchmark_warm_up_ms", host.benchmark_warm_up, other.benchmark_warm_up,
                  why);
  }
  if (host.metrics == Mode::kStream || host.metrics == Mode::kBenchmark) {
    no_effect.Say("host.poll_interval_ms", host.poll_interval, other.poll_interval,
                  "host.metrics is neither poll nor auto");
  }
}

void SayOfSearch(const TuningPolicy& policy, const TuningPolicy& other, NoEffect& no_effect) {
  if (policy.strategy != "grid") return;
  no_effect.Say("tuning.seed", policy.seed, other.seed, "tuning.strategy grid draws nothing");
  if (policy.guard.max_step_ratio < 1) return;
  for (const Dimension& each : policy.space.dimensions()) {
    if (each.scale != Scale::kLog) continue;
    no_effect.Say("parameters." + each.name + ".scale",
                  "tuning.strategy grid takes the points as they are");
  }
}

void SayOfSla(const TuningPolicy& policy, const TuningPolicy& other, NoEffect& no_effect) {
  const SlaRequirements& sla = policy.sla;
  const GuardPolicy& guard = policy.guard;
  if (sla.empty()) {
    const std::string why = "sla holds no bound that could be in breach";
    no_effect.Say("sla.budget_percent", policy.sla_budget_ratio, other.sla_budget_ratio, why);
    no_effect.Say("guard.breach_windows", guard.breach_windows, other.guard.breach_windows, why);
    no_effect.Say("guard.exploration_breach_percent", guard.exploration_breach_ratio,
                  other.guard.exploration_breach_ratio, why);
    no_effect.Say("guard.exploration_breach_grace_ms", guard.exploration_breach_grace,
                  other.guard.exploration_breach_grace, why);
    no_effect.Say("guard.recovery_ms", guard.recovery, other.guard.recovery, why);
    no_effect.Say("guard.freeze_windows", guard.freeze_windows, other.guard.freeze_windows, why);
    no_effect.Say("guard.thaw_windows", guard.thaw_windows, other.guard.thaw_windows, why);
    no_effect.Say("guard.allow_breaching_baseline", guard.allow_breaching_baseline,
                  other.guard.allow_breaching_baseline, why);
    return;
  }
  const std::string met = "every window keeps it";
  if (sla.min_throughput_ops_per_second == 0) {
    no_effect.Say("sla.min_throughput_ops_per_second", met);
  }
  if (sla.min_availability_percent == 0) no_effect.Say("sla.min_availability_percent", met);
  if (sla.max_error_rate_percent == 100) no_effect.Say("sla.max_error_rate_percent", met);
  if (guard.exploration_breach_ratio >= 1) {
    no_effect.Say("guard.exploration_breach_grace_ms", guard.exploration_breach_grace,
                  other.guard.exploration_breach_grace,
                  "guard.exploration_breach_percent allows all of the time");
  }
  const int most = std::max(policy.measure.max_windows, policy.validation.windows_per_half);
  if (guard.breach_windows > most) {
    no_effect.Say("guard.breach_windows", guard.breach_windows, other.guard.breach_windows,
                  fmt::format("a trial has at most {} windows", most));
  }
}

void SayOfWaiting(const TuningPolicy& policy, const TuningPolicy& other, NoEffect& no_effect) {
  const MeasurePolicy& measure = policy.measure;
  if (measure.min_windows == measure.max_windows) {
    no_effect.Say("measure.target_relative_error_percent", measure.target_relative_error,
                  other.measure.target_relative_error,
                  "measure.min_windows is measure.max_windows, so each trial is as long");
  }
  const HoldPolicy& hold = policy.hold;
  if (hold.retune_after > Duration::zero() && hold.retune_after < hold.min_dwell) {
    const auto dwell = std::chrono::duration_cast<std::chrono::milliseconds>(hold.min_dwell);
    no_effect.Say("hold.retune_after_ms",
                  fmt::format("it is below hold.min_dwell_ms, which is {}", dwell.count()));
  }
}

void SayOfApi(const Settings& settings, NoEffect& no_effect) {
  const bool unix = IsUnixAddress(settings.api_listen);
  if (!unix && !settings.api_socket_group.empty()) {
    no_effect.Say("api.socket_group", "api.listen is no Unix socket");
  }
  if (unix && settings.api_tls.enabled()) {
    no_effect.Say("api.tls", "api.listen is a Unix socket, which has no need of it");
  }
  std::set<std::string> idle;
  for (const auto& [name, file] : settings.access.token_files) idle.insert(name);
  for (const auto& [role, members] : settings.access.roles) {
    const std::string path = std::string("api.roles.") + Name(role);
    if (!unix && !members.uids.empty()) {
      no_effect.Say(path + ".uids", "users are known at a Unix socket alone, unlike api.listen");
    }
    if (!members.certificates.empty() && (unix || settings.api_tls.ca.empty())) {
      no_effect.Say(path + ".certificates",
                    "clients show one where api.listen is a port and api.tls has a client_ca");
    }
    for (const std::string& token : members.tokens) idle.erase(token);
  }
  for (const std::string& name : idle) {
    no_effect.Say("api.tokens." + name, "no role of api.roles has it");
  }
}

}  // namespace

void SayNoEffect(const Settings& settings, YamlReader& root) {
  const Settings other;
  NoEffect no_effect(root);
  SayOfHost(settings.host, other.host, no_effect);
  SayOfSearch(settings.tuning, other.tuning, no_effect);
  SayOfSla(settings.tuning, other.tuning, no_effect);
  SayOfWaiting(settings.tuning, other.tuning, no_effect);
  SayOfApi(settings, no_effect);
}

}  // namespace trimtab
