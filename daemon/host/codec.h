// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "daemon/model/host.h"
#include "trimtab/v1/host.pb.h"

// The control side of host.proto between messages and the model. Everything
// that a host answers is checked here; an answer that breaks the contract is an
// INVALID_ARGUMENT that names the field.
namespace trimtab::host_codec {

// Most parameters that a host may describe; they become labels of metrics.
inline constexpr int kMaxParameters = 200;

absl::StatusOr<HostDescription> DecodeDescription(const v1::DescribeHostResponse& message);
absl::StatusOr<ConfigState> DecodeConfigState(const v1::ConfigState& message);

// INVALID_ARGUMENT when the configuration doesn't fit its message.
absl::StatusOr<v1::ApplyConfigRequest> EncodeApply(const ApplyRequest& request,
                                                   const std::string& tuner_id);
absl::StatusOr<ApplyResult> DecodeApplyResult(const v1::ApplyConfigResponse& message);

}  // namespace trimtab::host_codec
