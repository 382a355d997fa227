// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <trimtab/v1/config.pb.h>

#include "client/host/config_keeper.h"

namespace trimtab::host {

v1::ParameterValue Encode(const Value& value);
v1::SystemConfig Encode(const Values& values);
// INVALID_ARGUMENT for a value that isn't set, or a timeout that isn't whole
// milliseconds.
absl::StatusOr<Values> Decode(const v1::SystemConfig& config);

// Brings a wanted value into the parameter's range and type: `kind` tells
// whether it was taken, clamped or rejected, `why` says why not.
struct Fitted {
  Value value;
  v1::ParameterOutcomeKind kind = v1::PARAMETER_OUTCOME_KIND_APPLIED;
  std::string why;
};
Fitted Fit(const v1::ParameterDescription& description, const Value& wanted);

}  // namespace trimtab::host
