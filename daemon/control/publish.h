// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/control/state.h"
#include "daemon/model/policy.h"
#include "daemon/model/status.h"

namespace trimtab::control {

// The part of the status that follows from the state; what only the runner
// knows (call failures, reloads, the host's address) is left as it is by
// default.
TunerStatus ToStatus(const State& state, const TuningPolicy& policy, Moment now);

}  // namespace trimtab::control
