// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trimtab {

// A number in decimal, all of the text.
std::optional<std::int64_t> ParseWhole(std::string_view text);

// Whether a scalar, unquoted, is a number or a switch to every reader of YAML: 010
// is ten to some and eight to others, yes a text or true.
std::optional<std::int64_t> ScalarInteger(const YAML::Node& node);
std::optional<double> ScalarNumber(const YAML::Node& node);
std::optional<bool> ScalarBool(const YAML::Node& node);

// Why a scalar isn't a number or a switch, as " (...)", where it looks like one or
// is one to another reader of YAML; else empty.
std::string WhyNotNumber(const YAML::Node& node);

// Whether a value says what it is by a tag, such as !!str.
bool HasTag(const YAML::Node& node);

}  // namespace trimtab
