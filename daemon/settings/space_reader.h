// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include "daemon/model/policy.h"
#include "daemon/settings/reading.h"

namespace trimtab {

// Reads `parameters` and `rules` into the policy's space and fixed parameters.
// Without `parameters` the default space is kept.
void ReadSpace(const YAML::Node& parameters, const YAML::Node& rules, TuningPolicy& policy,
               Reading& reading);

}  // namespace trimtab
