// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include "daemon/model/host.h"
#include "daemon/model/policy.h"

namespace trimtab::control {

// Whether the host can take what the settings want to search and to hold fixed:
// every parameter known to it, of its type, within its range, changeable live;
// and a benchmark, where the windows come from one.
// FAILED_PRECONDITION with all that doesn't fit, and what the host allows.
absl::Status CheckSpaceAgainstHost(const TuningPolicy& policy, const HostDescription& host);

// Whether the configuration, which may hold more, has an allowed value for each
// parameter of the space.
bool InSpace(const Configuration& config, const SearchSpace& space);

}  // namespace trimtab::control
