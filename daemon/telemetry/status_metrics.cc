// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/status_metrics.h"

#include <string>
#include <utility>

#include "daemon/telemetry/base_unit.h"

namespace trimtab {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<std::pair<std::string, std::string>>;

double Seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

// Collects families; one that got no sample is left out.
class Families {
 public:
  void Begin(MetricType type, std::string name, const char* help) {
    End();
    family_.type = type;
    family_.name = std::move(name);
    family_.help = help;
  }
  void Gauge(const char* name, const char* help, std::optional<double> value) {
    Begin(MetricType::Gauge, name, help);
    if (value) Add(*value);
  }
  void Counter(const char* name, const char* help, double value) {
    Begin(MetricType::Counter, name, help);
    Add(value);
  }
  // A number of events and what they took together.
  void Summary(const char* name, const char* help, std::int64_t count, double sum) {
    Begin(MetricType::Summary, name, help);
    ClientMetric metric;
    metric.summary.sample_count = static_cast<std::uint64_t>(count);
    metric.summary.sample_sum = sum;
    family_.metric.push_back(std::move(metric));
  }
  void Add(double value, const Labels& labels = {}) {
    ClientMetric metric;
    for (const auto& [label, text] : labels) metric.label.push_back({label, text});
    if (family_.type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    family_.metric.push_back(std::move(metric));
  }
  std::vector<MetricFamily> Take() {
    End();
    return std::move(families_);
  }

 private:
  void End() {
    if (!family_.metric.empty()) families_.push_back(std::move(family_));
    family_ = MetricFamily();
  }
  MetricFamily family_;
  std::vector<MetricFamily> families_;
};

void AddHost(Families& families, const TunerStatus& status) {
  const auto metric = [&status](Metric which, double factor) -> std::optional<double> {
    const std::optional<double> value = status.latest ? (*status.latest)[which] : std::nullopt;
    if (!value) return std::nullopt;
    return *value * factor;
  };
  families.Begin(MetricType::Gauge, "trimtab_host_latency_seconds",
                 "Latency of the host's requests in the newest window, by percentile.");
  constexpr std::pair<Metric, const char*> kPercentiles[] = {{Metric::kLatencyP50Ms, "50"},
                                                             {Metric::kLatencyP95Ms, "95"},
                                                             {Metric::kLatencyP99Ms, "99"},
                                                             {Metric::kLatencyP999Ms, "99.9"}};
  for (const auto& [which, percentile] : kPercentiles) {
    if (const auto value = metric(which, 1e-3)) families.Add(*value, {{"percentile", percentile}});
  }
  families.Gauge("trimtab_host_throughput_operations_per_second",
                 "Requests a second that the host finished well in the newest window.",
                 metric(Metric::kThroughputOpsPerSecond, 1));
  families.Gauge("trimtab_host_throughput_bytes_per_second", "Payload of those requests.",
                 metric(Metric::kThroughputBytesPerSecond, 1));
  families.Gauge("trimtab_host_cpu_cores", "CPU cores that the host's process uses.",
                 metric(Metric::kCpuPercent, 0.01));
  families.Gauge("trimtab_host_memory_bytes", "Resident memory of the host's process.",
                 metric(Metric::kMemoryBytes, 1));
  families.Gauge("trimtab_host_network_bytes_per_second",
                 "Network traffic of the host in both directions.",
                 metric(Metric::kNetworkBytesPerSecond, 1));
  families.Gauge("trimtab_host_error_ratio", "Share of the requests that ended in an error.",
                 metric(Metric::kErrorRatePercent, 0.01));
  families.Gauge("trimtab_host_timeout_ratio", "Share of the requests that timed out.",
                 metric(Metric::kTimeoutRatePercent, 0.01));
  families.Gauge("trimtab_host_availability_ratio", "Share of the time that the host could serve.",
                 metric(Metric::kAvailabilityPercent, 0.01));
  families.Gauge("trimtab_host_uptime_seconds", "Time since the host's process started.",
                 metric(Metric::kUptimeSeconds, 1));
  families.Gauge("trimtab_host_reachable", "1 while the host answers.",
                 status.host_reachable ? 1 : 0);
  if (status.silence) {
    families.Gauge("trimtab_host_window_age_seconds",
                   "Time since the newest window of metrics, while windows are awaited.",
                   Seconds(*status.silence));
  }
}

void AddSla(Families& families, const TunerStatus& status) {
  families.Begin(MetricType::Gauge, "trimtab_sla_compliant",
                 "1 while the newest window meets the requirement, 0 while it breaks it.");
  const auto add = [&families](const char* requirement, std::optional<bool> met) {
    if (met) families.Add(*met ? 1 : 0, {{"requirement", requirement}});
  };
  add("latency_p99", status.compliance.latency_p99);
  add("throughput", status.compliance.throughput);
  add("availability", status.compliance.availability);
  add("error_rate", status.compliance.error_rate);
  add("all", status.compliance.compliant);
  families.Gauge("trimtab_sla_breach_allowed_ratio",
                 "Share of the time that may be in breach of the SLA.",
                 status.sla_budget.allowed_ratio);
  families.Counter("trimtab_sla_observed_seconds_total",
                   "Time that was held against the SLA: the length of all windows used.",
                   Seconds(status.sla_budget.observed));
  families.Counter("trimtab_sla_breach_seconds_total", "Part of that time in breach of the SLA.",
                   Seconds(status.sla_budget.in_breach));
  families.Gauge("trimtab_sla_error_budget_remaining_ratio",
                 "Share of the time allowed in breach of the SLA that is left.",
                 status.sla_budget.RemainingRatio());
  families.Gauge("trimtab_exploration_budget_remaining_ratio",
                 "Share of the time that exploration may spend in breach that is left.",
                 status.exploration_budget.RemainingRatio());
}

void AddTuning(Families& families, const TunerStatus& status) {
  families.Begin(MetricType::Gauge, "trimtab_state", "1 for the state that the tuner is in.");
  for (int i = 0; i < kTunerStateCount; ++i) {
    const auto state = static_cast<TunerState>(i);
    families.Add(state == status.state ? 1 : 0, {{"state", std::string(Name(state))}});
  }
  families.Begin(MetricType::Counter, "trimtab_trials_total", "Trials of the study, by verdict.");
  for (int i = 0; i < 4; ++i) {
    families.Add(static_cast<double>(status.trials_by_verdict[static_cast<std::size_t>(i)]),
                 {{"verdict", Name(static_cast<Verdict>(i))}});
  }
  families.Begin(MetricType::Gauge, "trimtab_score",
                 "Score under the objective; higher is better.");
  const auto score = [&families](const char* of, const std::optional<ScoredConfiguration>& scored) {
    if (scored && scored->score) families.Add(scored->score->value, {{"of", of}});
  };
  score("baseline", status.baseline);
  score("candidate", status.candidate);
  score("incumbent", status.incumbent);
  families.Begin(MetricType::Counter, "trimtab_decisions_total",
                 "Decisions of the study, by reason.");
  for (int i = 0; i < kDecisionReasonCount; ++i) {
    families.Add(static_cast<double>(status.decisions_by_reason[static_cast<std::size_t>(i)]),
                 {{"reason", std::string(Name(static_cast<DecisionReason>(i)))}});
  }
  families.Begin(MetricType::Counter, "trimtab_rollbacks_total",
                 "Times that the host was put back, by reason.");
  for (int i = 0; i < kDecisionReasonCount; ++i) {
    const auto reason = static_cast<DecisionReason>(i);
    if (!IsRollback(reason)) continue;
    families.Add(static_cast<double>(status.decisions_by_reason[static_cast<std::size_t>(i)]),
                 {{"reason", std::string(Name(reason))}});
  }
}

// A family for each base unit, for numbers of different units don't belong in one.
void AddParameters(Families& families, const TunerStatus& status) {
  if (!status.host_reachable) return;
  constexpr std::pair<std::string_view, const char*> kFamilies[] = {
      {"value", "Value in force of each parameter that is a count or a switch."},
      {"seconds", "Value in force of each parameter that is a time."},
      {"bytes", "Value in force of each parameter that is a size in bytes."},
      {"ratio", "Value in force of each parameter that is a share."}};
  for (const auto& [suffix, help] : kFamilies) {
    families.Begin(MetricType::Gauge, "trimtab_parameter_" + std::string(suffix), help);
    for (const auto& [name, value] : status.config_in_force) {
      const auto unit = status.units.find(name);
      const BaseUnit base = BaseUnitOf(unit == status.units.end() ? "" : unit->second, name);
      if (base.suffix != suffix) continue;
      if (const auto number = ToNumber(value)) {
        families.Add(*number * base.factor, {{"parameter", name}});
      }
    }
  }
  families.Begin(MetricType::Gauge, "trimtab_parameter_info",
                 "1, with the value in force of each parameter that is a category.");
  for (const auto& [name, value] : status.config_in_force) {
    if (ToNumber(value)) continue;
    families.Add(1, {{"parameter", name}, {"value", ToString(value)}});
  }
}

void AddDaemon(Families& families, const TunerStatus& status, Duration since_last_round) {
  families.Gauge("trimtab_loop_idle_seconds",
                 "Time since the control loop went round; it does so each second.",
                 Seconds(since_last_round));
  families.Counter("trimtab_loop_events_total",
                   "Windows, commands and wakes that the control loop took up.",
                   static_cast<double>(status.loop_events));
  families.Counter("trimtab_loop_delay_seconds_total",
                   "Time by which the control loop took those up too late.",
                   Seconds(status.loop_delay));
  families.Summary("trimtab_suggestion_duration_seconds",
                   "Time that the strategy took for its suggestions.", status.suggestions,
                   Seconds(status.suggestion_time));
  families.Begin(MetricType::Counter, "trimtab_host_call_failures_total",
                 "Calls to the host that failed, by call.");
  for (const char* call : {"apply_config", "commit_config", "describe_host", "get_config",
                           "get_metrics", "renew_lease", "run_benchmark", "stream_metrics"}) {
    const auto found = status.host_failures_by_call.find(call);
    families.Add(
        found == status.host_failures_by_call.end() ? 0 : static_cast<double>(found->second),
        {{"call", call}});
  }
  families.Counter("trimtab_windows_accepted_total", "Windows of metrics that were used.",
                   static_cast<double>(status.windows_accepted));
  families.Begin(MetricType::Counter, "trimtab_windows_refused_total",
                 "Windows of metrics that were not used, by reason.");
  for (const auto& [reason, count] : status.windows_refused_by_reason) {
    families.Add(static_cast<double>(count), {{"reason", reason}});
  }
  families.Counter("trimtab_store_failures_total", "Operations that the store refused.",
                   static_cast<double>(status.store_failures));
  families.Counter("trimtab_audit_failures_total", "Writes of the audit log that failed.",
                   static_cast<double>(status.audit_failures));
  families.Counter("trimtab_audit_lost_total", "Calls that the audit log lost by that.",
                   static_cast<double>(status.audit_lost));
  families.Gauge("trimtab_settings_reload_successful",
                 "1 when the newest reload of the settings was taken.", status.reload_ok ? 1 : 0);
  families.Counter("trimtab_settings_reload_failures_total",
                   "Reloads of the settings that were refused.",
                   static_cast<double>(status.reload_failures));
  families.Begin(MetricType::Gauge, "trimtab_build_info", "1, with the daemon's version.");
  families.Add(1, {{"version", TRIMTAB_VERSION}});
}

}  // namespace

std::vector<prometheus::MetricFamily> ToFamilies(const TunerStatus& status,
                                                 Duration since_last_round) {
  Families families;
  AddHost(families, status);
  AddSla(families, status);
  AddTuning(families, status);
  AddParameters(families, status);
  AddDaemon(families, status, since_last_round);
  return families.Take();
}

}  // namespace trimtab
