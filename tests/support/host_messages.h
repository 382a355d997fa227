// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/model/host.h"
#include "daemon/model/window.h"
#include "trimtab/v1/host.pb.h"

namespace trimtab {

// What a host sends, from the model's values: the other direction of
// daemon/host/codec.h.
v1::ConfigState Encode(const ConfigState& state);
v1::MetricsSnapshot Encode(const HostWindow& window);
v1::ParameterOutcome MakeOutcome(const std::string& name, v1::ParameterOutcomeKind kind,
                                 const ParameterValue& requested, const ParameterValue& in_force);

}  // namespace trimtab
