// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated_host.h"

#include <algorithm>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab {
namespace {

HostParameter IntParameter(const char* name, double max) {
  HostParameter parameter;
  parameter.name = name;
  parameter.min = 1;
  parameter.max = max;
  return parameter;
}

Configuration Defaults() {
  return Configuration{{"thread_pool_size", std::int64_t{4}},
                       {"connection_pool_size", std::int64_t{50}},
                       {"cache_size", std::int64_t{1000}},
                       {"batch_size", std::int64_t{100}}};
}

}  // namespace

SimulatedHost::SimulatedHost(ManualClock& clock) : clock_(clock) {
  latency_ms = [](const Configuration&) { return 50.0; };
  state_.config = state_.committed = Defaults();
  state_.generation = 1;
  state_.boot_id = "boot-1";
  committed_ = {Defaults()};
}

absl::StatusOr<HostDescription> SimulatedHost::Describe() {
  if (!down.ok()) return down;
  HostDescription description;
  description.service = "simulated";
  description.instance = instance;
  description.boot_id = state_.boot_id;
  description.parameters = {IntParameter("thread_pool_size", 64),
                            IntParameter("connection_pool_size", 1000),
                            IntParameter("cache_size", 100000), IntParameter("batch_size", 5000)};
  description.window_length = window_length;
  description.max_lease = max_lease;
  return description;
}

ConfigState SimulatedHost::Read() const {
  ConfigState state = state_;
  if (lease_until_) state.lease_remaining = *lease_until_ - clock_.Now();
  if (clock_.Now() < hold_until_) state.holder_tuner_id = holder_;
  return state;
}

absl::Status SimulatedHost::Admit(std::int64_t generation) const {
  if (!down.ok()) return down;
  if (clock_.Now() < hold_until_ && holder_ != tuner_id) {
    return absl::FailedPreconditionError("held by " + holder_);
  }
  if (generation != state_.generation) return absl::AbortedError("generation");
  return absl::OkStatus();
}

absl::StatusOr<ConfigState> SimulatedHost::GetConfig() {
  if (!down.ok()) return down;
  return Read();
}

void SimulatedHost::Replace(const Configuration& config, ConfigSource source) {
  if (const double before = latency_ms(state_.config); before > backlog_above_ms) {
    backlog_left_ = backlog_windows;
    backlog_ms_ = before;
  }
  state_.config = config;
  state_.source = source;
  state_.tuner_id = source == ConfigSource::kTuner ? tuner_id : "";
  ++state_.generation;
}

absl::StatusOr<ApplyResult> SimulatedHost::Apply(const ApplyRequest& request) {
  if (absl::Status status = Admit(request.expected_generation); !status.ok()) return status;
  Configuration config = state_.config.With(request.config);
  ApplyResult result;
  if (const std::string why = reject ? reject(config) : ""; !why.empty()) {
    const auto& [name, value] = *request.config.begin();
    result.outcomes.push_back({name, OutcomeKind::kRejected, value, {}, why});
    result.state = Read();
    return result;
  }
  result.applied = true;
  for (const auto& [name, value] : request.config) {
    ParameterOutcome outcome{name, OutcomeKind::kApplied, value, value, ""};
    if (name == "batch_size" && clamp_batch_size &&
        std::get<std::int64_t>(value) > *clamp_batch_size) {
      outcome.kind = OutcomeKind::kClamped;
      outcome.in_force = *clamp_batch_size;
      config.Set(name, *clamp_batch_size);
    }
    result.outcomes.push_back(outcome);
  }
  Replace(config, ConfigSource::kTuner);
  if (request.lease > Duration::zero()) {
    lease_until_ = hold_until_ = clock_.Now() + std::min(request.lease, max_lease);
    holder_ = tuner_id;
    // The committed values under a lease leave nothing to go back to.
    if (config == state_.committed) lease_until_.reset();
  } else {
    CommitInForce();
  }
  result.state = Read();
  return result;
}

absl::StatusOr<ConfigState> SimulatedHost::RenewLease(std::int64_t generation, Duration lease) {
  if (absl::Status status = Admit(generation); !status.ok()) return status;
  holder_ = tuner_id;
  hold_until_ = clock_.Now() + std::min(lease, max_lease);
  if (lease_until_) lease_until_ = hold_until_;
  return Read();
}

absl::StatusOr<ConfigState> SimulatedHost::Commit(std::int64_t generation) {
  if (absl::Status status = Admit(generation); !status.ok()) return status;
  CommitInForce();
  return Read();
}

void SimulatedHost::CommitInForce() {
  lease_until_.reset();
  state_.committed = state_.config;
  committed_by_ = state_.setter();
  committed_.push_back(state_.config);
}

void SimulatedHost::Tick() {
  if (!lease_until_ || clock_.Now() < *lease_until_) return;
  lease_until_.reset();
  Replace(state_.committed, committed_by_.source);
  state_.tuner_id = committed_by_.tuner_id;
}

HostWindow SimulatedHost::CloseWindow() {
  HostWindow window;
  window.boot_id = state_.boot_id;
  window.generation = state_.generation;
  window.sequence = ++sequence_;
  window.length = window_length;
  window.end = clock_.WallNow();
  window.start = window.end - std::chrono::duration_cast<WallTime::duration>(window_length);
  const double seconds = std::chrono::duration<double>(window_length).count();
  window.requests = static_cast<std::int64_t>(requests_per_second * seconds);
  const double failing = errors_of ? errors_of(state_.config) : error_percent;
  window.errors = static_cast<std::int64_t>(requests_per_second * seconds * failing / 100);
  const bool behind = backlog_left_ > 0;
  if (behind) --backlog_left_;
  const double level = (behind ? backlog_ms_ : latency_ms(state_.config)) *
                       (1 + noise * (2 * random_.Uniform() - 1));
  for (std::int64_t i = 0; i < window.requests; ++i) {
    window.latency.Record(
        static_cast<std::uint64_t>(level * 1e6 * (0.5 + 0.5 * random_.Uniform())));
  }
  if (window.requests > 0) {
    window.metrics.Set(Metric::kLatencyP99Ms, *window.latency.QuantileNs(0.99) / 1e6);
    window.metrics.Set(Metric::kErrorRatePercent, failing);
    window.metrics.Set(Metric::kTimeoutRatePercent, 0);
  }
  window.metrics.Set(Metric::kThroughputOpsPerSecond,
                     static_cast<double>(window.requests - window.errors) / seconds);
  window.metrics.Set(Metric::kAvailabilityPercent, 100);
  if (own_metrics) own_metrics(window.metrics);
  return window;
}

void SimulatedHost::Restart() {
  state_ = ConfigState{};
  state_.config = state_.committed = Defaults();
  committed_by_ = {};
  state_.generation = 1;
  state_.boot_id = "boot-" + std::to_string(++boots_);
  lease_until_.reset();
  hold_until_ = {};
  sequence_ = 0;
}

void SimulatedHost::OperatorSets(const Configuration& changes) {
  Replace(state_.config.With(changes), ConfigSource::kOperator);
  CommitInForce();
}

void SimulatedHost::AnotherTunerSets(const Configuration& changes, Duration lease) {
  const std::string ours = std::exchange(tuner_id, "another");
  ApplyRequest request;
  request.config = state_.config.With(changes);
  request.expected_generation = state_.generation;
  request.lease = lease;
  // Nobody asks whether we hold it: this is the other one's own race.
  hold_until_ = {};
  Apply(request).IgnoreError();
  tuner_id = ours;
}

bool SimulatedHost::EverCommitted(const Configuration& config) const {
  return std::find(committed_.begin(), committed_.end(), config) != committed_.end();
}

}  // namespace trimtab
