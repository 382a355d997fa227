// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <grpcpp/support/status.h>

#include <string>

#include "client/host/config_controller.h"
#include "client/host/window.h"
#include "trimtab/v1/host.pb.h"

// Between the SDK's values and trimtab.v1. The named fields of SystemConfig and
// its custom parameters become one map by name; the Duration `timeout` becomes
// the whole number `timeout_ms`.
namespace trimtab::host {

// INVALID_ARGUMENT when the message breaks the contract: a timeout that isn't a
// whole number of milliseconds from 0, a custom parameter that takes the name
// of a field, a value that isn't set.
absl::StatusOr<Values> DecodeConfig(const v1::SystemConfig& message);
v1::SystemConfig EncodeConfig(const Values& values);
v1::ParameterValue EncodeValue(const Value& value);

v1::ParameterDescription EncodeParameter(const Parameter& parameter);
v1::ConfigState EncodeState(const ConfigView& view, const std::string& boot_id);
v1::ParameterOutcome EncodeOutcome(const ParameterOutcome& outcome);
// Rates are missing for a window without length, shares for one without
// requests, and percentiles likewise.
v1::MetricsSnapshot EncodeWindow(const Window& window, const std::string& boot_id);

// INVALID_ARGUMENT when the message breaks protobuf's rules or doesn't fit.
absl::StatusOr<Duration> DecodeDuration(const std::string& field,
                                        const google::protobuf::Duration& message);
google::protobuf::Duration EncodeDuration(Duration duration);

grpc::Status ToGrpc(const absl::Status& status);

}  // namespace trimtab::host
