// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>

namespace trimtab {

// What a document gives, by path, as it was written; a list is one value.
std::map<std::string, std::string> Given(const YAML::Node& document);

}  // namespace trimtab
