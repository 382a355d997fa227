// SPDX-License-Identifier: Apache-2.0
#include "client/host/config_keeper.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cctype>

#include "client/host/values.h"
#include "daemon/base/error.h"

namespace trimtab::host {
namespace {

using google::protobuf::util::TimeUtil;

bool ValidName(const std::string& name) {
  const auto fits = [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '_'; };
  return !name.empty() && std::islower(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

ConfigKeeper::ConfigKeeper(Clock& clock, std::string boot_id, Duration max_lease,
                           std::function<void(std::int64_t)> on_change)
    : clock_(clock),
      boot_id_(std::move(boot_id)),
      max_lease_(max_lease),
      on_change_(std::move(on_change)) {}

absl::Status ConfigKeeper::Add(Tunable tunable) {
  const std::string name = tunable.description.name();
  if (!ValidName(name)) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "'{}' is no name for a parameter: a lower-case letter, then lower-case letters, "
                 "digits and underscores",
                 name);
  }
  const Fitted fitted = Fit(tunable.description, tunable.value);
  if (fitted.kind != v1::PARAMETER_OUTCOME_KIND_APPLIED) {
    return Error(absl::StatusCode::kInvalidArgument, "the initial value of '{}': {}", name,
                 fitted.why);
  }
  const MutexLock lock(mutex_);
  committed_[name] = tunable.value;
  if (!tunables_.emplace(name, std::move(tunable)).second) {
    return Error(absl::StatusCode::kInvalidArgument, "'{}' was added twice", name);
  }
  return absl::OkStatus();
}

std::vector<v1::ParameterDescription> ConfigKeeper::Describe() const {
  const MutexLock lock(mutex_);
  std::vector<v1::ParameterDescription> result;
  for (const auto& [name, tunable] : tunables_) result.push_back(tunable.description);
  return result;
}

v1::ConfigState ConfigKeeper::Read() const {
  const MutexLock lock(mutex_);
  return ReadLocked();
}

v1::ConfigState ConfigKeeper::ReadLocked() const {
  Values values;
  for (const auto& [name, tunable] : tunables_) values[name] = tunable.value;
  v1::ConfigState state;
  *state.mutable_config() = Encode(values);
  *state.mutable_committed_config() = Encode(committed_);
  state.set_generation(generation_);
  state.set_source(source_);
  if (source_ == v1::CONFIG_SOURCE_TUNER) state.set_tuner_id(tuner_);
  state.set_boot_id(boot_id_);
  const MonotonicTime now = clock_.Now();
  if (lease_until_) {
    const Duration left = std::max(Duration::zero(), Duration(*lease_until_ - now));
    *state.mutable_lease_remaining() = TimeUtil::NanosecondsToDuration(left.count());
  }
  if (!holder_.empty() && now < held_until_) state.set_holder_tuner_id(holder_);
  return state;
}

absl::Status ConfigKeeper::CheckCaller(std::int64_t generation, const std::string& tuner) const {
  if (tuner.empty()) return absl::InvalidArgumentError("tuner_id must not be empty");
  if (!holder_.empty() && holder_ != tuner && clock_.Now() < held_until_) {
    return Error(absl::StatusCode::kFailedPrecondition, "the tuner '{}' holds this host", holder_);
  }
  if (generation != generation_) {
    return Error(absl::StatusCode::kAborted, "generation {} is in force, not {}", generation_,
                 generation);
  }
  return absl::OkStatus();
}

ConfigKeeper::Plan ConfigKeeper::MakePlan(const Values& wanted) const {
  Plan plan;
  for (const auto& [name, value] : wanted) {
    v1::ParameterOutcome outcome;
    outcome.set_name(name);
    *outcome.mutable_requested() = Encode(value);
    const auto found = tunables_.find(name);
    if (found == tunables_.end()) {
      outcome.set_kind(v1::PARAMETER_OUTCOME_KIND_IGNORED);
      outcome.set_message("this host has no such parameter");
      plan.outcomes.push_back(std::move(outcome));
      continue;
    }
    Fitted fitted = Fit(found->second.description, value);
    const bool changes = fitted.value != found->second.value;
    if (fitted.kind == v1::PARAMETER_OUTCOME_KIND_REJECTED) {
      plan.rejected = true;
    } else if (changes && found->second.description.needs_restart()) {
      fitted.kind = v1::PARAMETER_OUTCOME_KIND_RESTART_NEEDED;
      fitted.why = "takes effect only at the next start";
    } else {
      plan.values[name] = fitted.value;
    }
    outcome.set_kind(fitted.kind);
    outcome.set_message(fitted.why);
    const bool taken = plan.values.contains(name);
    *outcome.mutable_in_force() = Encode(taken ? fitted.value : found->second.value);
    plan.outcomes.push_back(std::move(outcome));
  }
  return plan;
}

absl::Status ConfigKeeper::Carry(const Values& values, std::string* failed) {
  std::vector<std::pair<Tunable*, Value>> undo;
  for (const auto& [name, value] : values) {
    Tunable& tunable = tunables_.at(name);
    if (tunable.value == value) continue;
    absl::Status status = tunable.apply(value);
    if (status.ok()) {
      undo.emplace_back(&tunable, tunable.value);
      tunable.value = value;
      continue;
    }
    *failed = name;
    for (auto each = undo.rbegin(); each != undo.rend(); ++each) {
      // What was in force a moment ago is taken again; if not, the host's own
      // record stays on what it really runs with.
      if (each->first->apply(each->second).ok()) each->first->value = each->second;
    }
    return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ApplyConfigResponse> ConfigKeeper::Apply(const v1::ApplyConfigRequest& request) {
  const absl::StatusOr<Values> wanted = Decode(request.config());
  if (!wanted.ok()) return wanted.status();
  const Duration lease(TimeUtil::DurationToNanoseconds(request.lease()));
  if (lease < Duration::zero() || lease > max_lease_) {
    return Error(absl::StatusCode::kInvalidArgument, "the lease must be from 0 to {} s",
                 std::chrono::duration<double>(max_lease_).count());
  }
  const MutexLock lock(mutex_);
  ExpireLocked();
  absl::Status caller = CheckCaller(request.expected_generation(), request.tuner_id());
  if (!caller.ok()) return caller;
  Plan plan = MakePlan(*wanted);
  v1::ApplyConfigResponse response;
  if (!plan.rejected && !request.dry_run()) {
    std::string failed;
    absl::Status carried = Carry(plan.values, &failed);
    if (carried.ok()) {
      Changed(v1::CONFIG_SOURCE_TUNER, request.tuner_id());
      lease_until_.reset();
      if (lease > Duration::zero()) {
        lease_until_ = clock_.Now() + lease;
        holder_ = request.tuner_id();
        held_until_ = *lease_until_;
      } else {
        for (const auto& [name, tunable] : tunables_) committed_[name] = tunable.value;
      }
    } else {
      plan.rejected = true;
      for (v1::ParameterOutcome& outcome : plan.outcomes) {
        if (outcome.name() != failed) continue;
        outcome.set_kind(v1::PARAMETER_OUTCOME_KIND_REJECTED);
        outcome.set_message(Message(carried));
      }
    }
  }
  response.set_applied(!plan.rejected);
  *response.mutable_state() = ReadLocked();
  for (v1::ParameterOutcome& outcome : plan.outcomes) {
    *response.add_outcomes() = std::move(outcome);
  }
  return response;
}

absl::StatusOr<v1::ConfigState> ConfigKeeper::Renew(const v1::RenewLeaseRequest& request) {
  const Duration lease(TimeUtil::DurationToNanoseconds(request.lease()));
  if (lease <= Duration::zero() || lease > max_lease_) {
    return Error(absl::StatusCode::kInvalidArgument, "the lease must be above 0 and at most {} s",
                 std::chrono::duration<double>(max_lease_).count());
  }
  const MutexLock lock(mutex_);
  ExpireLocked();
  absl::Status caller = CheckCaller(request.generation(), request.tuner_id());
  if (!caller.ok()) return caller;
  holder_ = request.tuner_id();
  held_until_ = clock_.Now() + lease;
  if (lease_until_) lease_until_ = held_until_;
  return ReadLocked();
}

absl::StatusOr<v1::ConfigState> ConfigKeeper::Commit(const v1::CommitConfigRequest& request) {
  const MutexLock lock(mutex_);
  ExpireLocked();
  absl::Status caller = CheckCaller(request.generation(), request.tuner_id());
  if (!caller.ok()) return caller;
  lease_until_.reset();
  for (const auto& [name, tunable] : tunables_) committed_[name] = tunable.value;
  return ReadLocked();
}

absl::Status ConfigKeeper::SetFromOperator(const Values& values) {
  const MutexLock lock(mutex_);
  const Plan plan = MakePlan(values);
  for (const v1::ParameterOutcome& outcome : plan.outcomes) {
    if (outcome.kind() == v1::PARAMETER_OUTCOME_KIND_APPLIED) continue;
    return Error(absl::StatusCode::kInvalidArgument, "{}: {}", outcome.name(), outcome.message());
  }
  std::string failed;
  if (absl::Status carried = Carry(plan.values, &failed); !carried.ok()) return carried;
  lease_until_.reset();
  for (const auto& [name, tunable] : tunables_) committed_[name] = tunable.value;
  Changed(v1::CONFIG_SOURCE_OPERATOR, "");
  return absl::OkStatus();
}

void ConfigKeeper::Expire() {
  const MutexLock lock(mutex_);
  ExpireLocked();
}

void ConfigKeeper::ExpireLocked() {
  if (!lease_until_ || clock_.Now() < *lease_until_) return;
  std::string failed;
  if (!Carry(committed_, &failed).ok()) {
    // The program refuses what it ran with before; ask again soon.
    lease_until_ = clock_.Now() + std::chrono::seconds(1);
    return;
  }
  lease_until_.reset();
  Changed(v1::CONFIG_SOURCE_TUNER, tuner_);
}

std::optional<MonotonicTime> ConfigKeeper::NextExpiry() const {
  const MutexLock lock(mutex_);
  return lease_until_;
}

void ConfigKeeper::Changed(v1::ConfigSource source, const std::string& tuner) {
  source_ = source;
  tuner_ = tuner;
  on_change_(++generation_);
}

}  // namespace trimtab::host
