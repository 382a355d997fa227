// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/settings/settings.h"
#include "daemon/settings/yaml_reader.h"

namespace trimtab {

// Warns of each setting that the file changes and that another one makes
// meaningless. What the mode (observe, recommend) makes so is not told: one file
// goes through all of them. `root` reads the whole document.
void SayNoEffect(const Settings& settings, YamlReader& root);

}  // namespace trimtab
