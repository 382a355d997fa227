// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/model/configuration.h"

namespace trimtab {

// One parameter as the host describes it.
struct HostParameter {
  std::string name;
  ParameterType type = ParameterType::kInt;
  std::optional<double> min;
  std::optional<double> max;
  std::vector<std::string> categories;
  std::string unit;
  bool needs_restart = false;
  std::optional<ParameterValue> default_value;
  std::string description;
};

// Who the host is and what it can change.
struct HostDescription {
  std::string service;
  std::string instance;
  // New at every start of the host's process.
  std::string boot_id;
  std::vector<HostParameter> parameters;
  Duration window_length{};
  Duration max_lease{};
  bool has_benchmark = false;

  const HostParameter* Find(std::string_view name) const;
};

// Who set the configuration in force.
enum class ConfigSource { kDefault, kTuner, kOperator };
const char* Name(ConfigSource source);
struct ConfigSetter {
  ConfigSource source = ConfigSource::kDefault;
  // Of a tuner; empty for the others.
  std::string tuner_id;

  friend bool operator==(const ConfigSetter&, const ConfigSetter&) = default;
};

// The host's configuration as read back.
struct ConfigState {
  Configuration config;
  std::int64_t generation = 0;
  ConfigSource source = ConfigSource::kDefault;
  std::string tuner_id;
  Configuration committed;
  // Nothing when the configuration in force is the committed one.
  std::optional<Duration> lease_remaining;
  std::string holder_tuner_id;
  std::string boot_id;

  ConfigSetter setter() const { return {source, tuner_id}; }
};

// What became of one parameter.
enum class OutcomeKind { kApplied, kClamped, kIgnored, kRestartNeeded, kRejected };
const char* Name(OutcomeKind kind);

struct ParameterOutcome {
  std::string name;
  OutcomeKind kind = OutcomeKind::kApplied;
  ParameterValue requested;
  std::optional<ParameterValue> in_force;
  std::string message;
};

// A request to replace the host's configuration.
struct ApplyRequest {
  Configuration config;
  std::int64_t expected_generation = 0;
  // Zero: commit at once.
  Duration lease{};
  bool dry_run = false;
  std::string reason;
};

struct ApplyResult {
  bool applied = false;
  ConfigState state;
  std::vector<ParameterOutcome> outcomes;
};

}  // namespace trimtab
