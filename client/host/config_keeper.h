// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <trimtab/host.h>
#include <trimtab/v1/host.pb.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::host {

using Value = TunableHost::Value;
using Values = std::map<std::string, Value>;

// One parameter that the program registered.
struct Tunable {
  v1::ParameterDescription description;
  Value value;
  std::function<absl::Status(const Value&)> apply;
};

// Holds the configuration in force and the committed one, and keeps the
// promises of host.proto: compare-and-swap, all or nothing, leases, one tuner
// at a time. Thread-safe; apply callbacks run under its lock, one at a time.
class ConfigKeeper {
 public:
  // `on_change` is called with each new generation, under the lock.
  ConfigKeeper(Clock& clock, std::string boot_id, Duration max_lease,
               std::function<void(std::int64_t)> on_change);

  absl::Status Add(Tunable tunable);
  std::vector<v1::ParameterDescription> Describe() const;
  v1::ConfigState Read() const;

  absl::StatusOr<v1::ApplyConfigResponse> Apply(const v1::ApplyConfigRequest& request);
  absl::StatusOr<v1::ConfigState> Renew(const v1::RenewLeaseRequest& request);
  absl::StatusOr<v1::ConfigState> Commit(const v1::CommitConfigRequest& request);
  absl::Status SetFromOperator(const Values& values);

  // Goes back to the committed configuration when the lease has run out.
  void Expire();
  // When Expire() will have something to do.
  std::optional<MonotonicTime> NextExpiry() const;

 private:
  struct Plan {
    Values values;
    bool rejected = false;
    std::vector<v1::ParameterOutcome> outcomes;
  };

  v1::ConfigState ReadLocked() const TRIMTAB_REQUIRES(mutex_);
  absl::Status CheckCaller(std::int64_t generation, const std::string& tuner) const
      TRIMTAB_REQUIRES(mutex_);
  Plan MakePlan(const Values& wanted) const TRIMTAB_REQUIRES(mutex_);
  // Calls the callbacks of what changes; on an error everything is put back and
  // `failed` names the parameter.
  absl::Status Carry(const Values& values, std::string* failed) TRIMTAB_REQUIRES(mutex_);
  void ExpireLocked() TRIMTAB_REQUIRES(mutex_);
  void Changed(v1::ConfigSource source, const std::string& tuner) TRIMTAB_REQUIRES(mutex_);

  Clock& clock_;
  const std::string boot_id_;
  const Duration max_lease_;
  const std::function<void(std::int64_t)> on_change_;
  mutable Mutex mutex_;
  std::map<std::string, Tunable> tunables_ TRIMTAB_GUARDED_BY(mutex_);
  Values committed_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t generation_ TRIMTAB_GUARDED_BY(mutex_) = 1;
  v1::ConfigSource source_ TRIMTAB_GUARDED_BY(mutex_) = v1::CONFIG_SOURCE_DEFAULT;
  std::string tuner_ TRIMTAB_GUARDED_BY(mutex_);
  std::optional<MonotonicTime> lease_until_ TRIMTAB_GUARDED_BY(mutex_);
  std::string holder_ TRIMTAB_GUARDED_BY(mutex_);
  MonotonicTime held_until_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::host
