// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include "daemon/settings/yaml_reader.h"

namespace trimtab {

// The section `objective`. Reads the strategy, which must be known by then.
void ReadObjective(const YAML::Node& node, TuningPolicy& policy, Reading& reading);

}  // namespace trimtab
