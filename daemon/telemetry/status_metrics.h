// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "daemon/model/status.h"

namespace trimtab {

// The metric families of one status. Whatever isn't known at present is left
// out: no gauge shows the past. Labels take few values: states, verdicts,
// reasons, calls, parameters. README.md lists them all.
// `since_last_round` is of the control loop.
std::vector<prometheus::MetricFamily> ToFamilies(const TunerStatus& status,
                                                 Duration since_last_round);

}  // namespace trimtab
