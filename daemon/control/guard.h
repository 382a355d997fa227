// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include "daemon/model/configuration.h"
#include "daemon/model/policy.h"

namespace trimtab::control {

// Whether a candidate may be applied at all: every searched parameter within
// its bounds, every rule kept, and no step from the incumbent longer than the
// policy allows. FAILED_PRECONDITION with the reasons.
absl::Status CheckCandidate(const Configuration& candidate, const Configuration& incumbent,
                            const TuningPolicy& policy);

// The part of the space in which no step from the incumbent is too long: where
// candidates are looked for.
SearchSpace SpaceAround(const Configuration& incumbent, const TuningPolicy& policy);

}  // namespace trimtab::control
