// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>

#include "daemon/model/configuration.h"
#include "daemon/model/host.h"
#include "trimtab/v1/config.pb.h"

// Configurations between trimtab.v1 and the model. The named fields of
// SystemConfig and its custom parameters become one list of parameters by name;
// the Duration `timeout` becomes the whole number `timeout_ms`. Every error is
// INVALID_ARGUMENT and says which field is wrong and what is allowed.
namespace trimtab::codec {

v1::ParameterValue EncodeValue(const ParameterValue& value);
absl::StatusOr<ParameterValue> DecodeValue(const v1::ParameterValue& message);

// A named parameter whose value its field can't hold (see CheckEncodable) is
// written as a custom parameter, so that it is still seen; every decoder
// refuses it.
v1::SystemConfig EncodeConfiguration(const Configuration& configuration);
// Whether each named parameter fits its field: a whole number, and for
// `timeout_ms` one from 0 to a duration's maximum.
absl::Status CheckEncodable(const Configuration& configuration);
absl::StatusOr<Configuration> DecodeConfiguration(const v1::SystemConfig& message);

v1::ParameterType EncodeType(ParameterType type);
v1::ParameterDescription EncodeParameter(const HostParameter& parameter);
absl::StatusOr<HostParameter> DecodeParameter(const v1::ParameterDescription& message);

}  // namespace trimtab::codec
