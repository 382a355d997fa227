// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/codec.h"

#include <set>
#include <string_view>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/codec/configuration.h"
#include "daemon/codec/time.h"

namespace trimtab::host_codec {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

absl::Status Within(std::string_view field, const absl::Status& status) {
  return Error(kInvalid, "{}: {}", field, Message(status));
}

absl::StatusOr<Duration> DecodePositive(std::string_view field,
                                        const google::protobuf::Duration& message) {
  const auto duration = codec::DecodeDuration(message);
  if (!duration.ok()) return Within(field, duration.status());
  if (*duration <= Duration::zero()) {
    return Error(kInvalid, "{} must be positive, not {} ns", field, duration->count());
  }
  return *duration;
}

absl::StatusOr<ConfigSource> DecodeSource(v1::ConfigSource source) {
  switch (source) {
    case v1::CONFIG_SOURCE_DEFAULT:
      return ConfigSource::kDefault;
    case v1::CONFIG_SOURCE_TUNER:
      return ConfigSource::kTuner;
    case v1::CONFIG_SOURCE_OPERATOR:
      return ConfigSource::kOperator;
    default:
      return Error(kInvalid, "source: {} is none of DEFAULT, TUNER and OPERATOR",
                   static_cast<int>(source));
  }
}

absl::StatusOr<OutcomeKind> DecodeOutcomeKind(v1::ParameterOutcomeKind kind) {
  switch (kind) {
    case v1::PARAMETER_OUTCOME_KIND_APPLIED:
      return OutcomeKind::kApplied;
    case v1::PARAMETER_OUTCOME_KIND_CLAMPED:
      return OutcomeKind::kClamped;
    case v1::PARAMETER_OUTCOME_KIND_IGNORED:
      return OutcomeKind::kIgnored;
    case v1::PARAMETER_OUTCOME_KIND_RESTART_NEEDED:
      return OutcomeKind::kRestartNeeded;
    case v1::PARAMETER_OUTCOME_KIND_REJECTED:
      return OutcomeKind::kRejected;
    default:
      return Error(kInvalid,
                   "kind: {} is none of APPLIED, CLAMPED, IGNORED, RESTART_NEEDED and REJECTED",
                   static_cast<int>(kind));
  }
}

absl::StatusOr<ParameterOutcome> DecodeOutcome(const v1::ParameterOutcome& message) {
  ParameterOutcome outcome;
  outcome.name = message.name();
  outcome.message = message.message();
  const std::string where = fmt::format("outcomes.{}", message.name());
  const auto kind = DecodeOutcomeKind(message.kind());
  if (!kind.ok()) return Within(where, kind.status());
  outcome.kind = *kind;
  auto requested = codec::DecodeValue(message.requested());
  if (!requested.ok()) return Within(where + ".requested", requested.status());
  outcome.requested = *std::move(requested);
  if (!message.has_in_force()) return outcome;
  auto in_force = codec::DecodeValue(message.in_force());
  if (!in_force.ok()) return Within(where + ".in_force", in_force.status());
  outcome.in_force = *std::move(in_force);
  return outcome;
}

}  // namespace

absl::StatusOr<HostDescription> DecodeDescription(const v1::DescribeHostResponse& message) {
  HostDescription description;
  description.service = message.service_name();
  description.instance = message.instance_name();
  description.boot_id = message.boot_id();
  if (description.service.empty()) return Error(kInvalid, "service_name is empty");
  if (description.instance.empty()) return Error(kInvalid, "instance_name is empty");
  if (description.boot_id.empty()) return Error(kInvalid, "boot_id is empty");
  if (message.parameters_size() > kMaxParameters) {
    return Error(kInvalid, "{} parameters are described; at most {} are allowed",
                 message.parameters_size(), kMaxParameters);
  }
  std::set<std::string> seen;
  for (const auto& item : message.parameters()) {
    auto parameter = codec::DecodeParameter(item);
    if (!parameter.ok()) return Within("parameters", parameter.status());
    if (!seen.insert(parameter->name).second) {
      return Error(kInvalid, "parameters: {} is described twice", parameter->name);
    }
    description.parameters.push_back(*std::move(parameter));
  }
  const auto window = DecodePositive("window_length", message.window_length());
  if (!window.ok()) return window.status();
  description.window_length = *window;
  const auto lease = DecodePositive("max_lease", message.max_lease());
  if (!lease.ok()) return lease.status();
  description.max_lease = *lease;
  description.has_benchmark = message.has_benchmark();
  return description;
}

absl::StatusOr<ConfigState> DecodeConfigState(const v1::ConfigState& message) {
  ConfigState state;
  auto config = codec::DecodeConfiguration(message.config());
  if (!config.ok()) return Within("state.config", config.status());
  state.config = *std::move(config);
  auto committed = codec::DecodeConfiguration(message.committed_config());
  if (!committed.ok()) return Within("state.committed_config", committed.status());
  state.committed = *std::move(committed);
  if (message.generation() < 0) {
    return Error(kInvalid, "state.generation is negative: {}", message.generation());
  }
  state.generation = message.generation();
  const auto source = DecodeSource(message.source());
  if (!source.ok()) return Within("state", source.status());
  state.source = *source;
  state.tuner_id = message.tuner_id();
  state.holder_tuner_id = message.holder_tuner_id();
  if (message.boot_id().empty()) return Error(kInvalid, "state.boot_id is empty");
  state.boot_id = message.boot_id();
  if (message.has_lease_remaining()) {
    const auto lease = codec::DecodeDuration(message.lease_remaining());
    if (!lease.ok()) return Within("state.lease_remaining", lease.status());
    if (*lease < Duration::zero()) {
      return Error(kInvalid, "state.lease_remaining is negative: {} ns", lease->count());
    }
    state.lease_remaining = *lease;
  } else if (state.committed != state.config) {
    // The daemon would take an unproven configuration for a safe one.
    return Error(kInvalid,
                 "state.committed_config differs from state.config although no lease runs");
  }
  return state;
}

absl::StatusOr<v1::ApplyConfigRequest> EncodeApply(const ApplyRequest& request,
                                                   const std::string& tuner_id) {
  if (auto status = codec::CheckEncodable(request.config); !status.ok()) return status;
  v1::ApplyConfigRequest message;
  *message.mutable_config() = codec::EncodeConfiguration(request.config);
  message.set_expected_generation(request.expected_generation);
  if (request.lease > Duration::zero()) {
    *message.mutable_lease() = codec::EncodeDuration(request.lease);
  }
  message.set_dry_run(request.dry_run);
  message.set_reason(request.reason);
  message.set_tuner_id(tuner_id);
  return message;
}

absl::StatusOr<ApplyResult> DecodeApplyResult(const v1::ApplyConfigResponse& message) {
  ApplyResult result;
  result.applied = message.applied();
  auto state = DecodeConfigState(message.state());
  if (!state.ok()) return state.status();
  result.state = *std::move(state);
  for (const auto& item : message.outcomes()) {
    auto outcome = DecodeOutcome(item);
    if (!outcome.ok()) return outcome.status();
    result.outcomes.push_back(*std::move(outcome));
  }
  return result;
}

}  // namespace trimtab::host_codec
