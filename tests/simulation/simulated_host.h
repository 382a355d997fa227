// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <string>

#include "daemon/base/random.h"
#include "daemon/ports/host_link.h"
#include "tests/support/manual_clock.h"

namespace trimtab {

inline std::int64_t IntOf(const Configuration& config, const char* name) {
  return std::get<std::int64_t>(*config.Find(name));
}

// Latencies with one best value for each parameter that they depend on: 16
// threads, and batches of 500.
inline double Valley(const Configuration& config) {
  return 20 + 2 * std::abs(static_cast<double>(IntOf(config, "thread_pool_size")) - 16);
}
inline double BatchValley(const Configuration& config) {
  return Valley(config) - 10 +
         std::abs(static_cast<double>(IntOf(config, "batch_size")) - 500) / 25;
}

// A host in memory that keeps the promises of host.proto and can be made to
// break them. Its latency is a function of the configuration, with noise.
class SimulatedHost final : public HostLink {
 public:
  explicit SimulatedHost(ManualClock& clock);

  absl::StatusOr<HostDescription> Describe() override;
  absl::StatusOr<ConfigState> GetConfig() override;
  absl::StatusOr<ApplyResult> Apply(const ApplyRequest& request) override;
  absl::StatusOr<ConfigState> RenewLease(std::int64_t generation, Duration lease) override;
  absl::StatusOr<ConfigState> Commit(std::int64_t generation) override;
  void Cancel() override {}

  // Puts an expired configuration back; called as time passes.
  void Tick();
  // The window that ends now.
  HostWindow CloseWindow();
  void Restart();
  void OperatorSets(const Configuration& changes);
  // A change by a tuner that isn't ours, as ApplyConfig would make it.
  void AnotherTunerSets(const Configuration& changes, Duration lease);

  const ConfigState& state() const { return state_; }
  // Every configuration that was ever in force without a lease.
  bool EverCommitted(const Configuration& config) const;
  // What the host was committed to, in order.
  const std::vector<Configuration>& committed() const { return committed_; }

  // What it is made of; set by the tests.
  std::function<double(const Configuration&)> latency_ms;
  double noise = 0.02;
  double requests_per_second = 200;
  Duration window_length = std::chrono::seconds(1);
  double error_percent = 0;
  // By configuration, over error_percent when set.
  std::function<double(const Configuration&)> errors_of;
  // So many windows after a configuration slower than `backlog_above_ms` are as
  // slow as it was.
  int backlog_windows = 0;
  double backlog_above_ms = 1e9;
  // Changes what it says of a window beside counts and histogram.
  std::function<void(MetricValues&)> own_metrics;
  // It answers calls, but its windows don't come.
  bool silent = false;
  // Every call fails with this.
  absl::Status down = absl::OkStatus();
  // Why it rejects a configuration; empty where it takes it.
  std::function<std::string(const Configuration&)> reject;
  std::string instance = "one";
  Duration max_lease = std::chrono::minutes(5);
  // Values of batch_size above this are clamped.
  std::optional<std::int64_t> clamp_batch_size;
  // Who calls; an apply under a lease makes the caller the holder.
  std::string tuner_id = "tuner-1";

 private:
  ConfigState Read() const;
  // Of a change: FAILED_PRECONDITION while another tuner holds the host,
  // ABORTED when the generation isn't the one in force.
  absl::Status Admit(std::int64_t generation) const;
  void Replace(const Configuration& config, ConfigSource source);
  void CommitInForce();

  ManualClock& clock_;
  ConfigState state_;
  ConfigSetter committed_by_;
  std::optional<MonotonicTime> lease_until_;
  std::string holder_;
  MonotonicTime hold_until_;
  std::vector<Configuration> committed_;
  std::int64_t sequence_ = 0;
  int boots_ = 1;
  int backlog_left_ = 0;
  double backlog_ms_ = 0;
  Random random_{7};
};

}  // namespace trimtab
