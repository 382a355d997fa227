// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace trimtab {

// The kind of a parameter's values.
enum class ParameterType { kInt, kDouble, kBool, kCategorical };

// The value of one parameter. The alternatives are in the order of
// ParameterType. Doubles are always finite.
using ParameterValue = std::variant<std::int64_t, double, bool, std::string>;

ParameterType TypeOf(const ParameterValue& value);

// "int", "double", "bool", "categorical".
const char* Name(ParameterType type);

// The value as a person would write it: 100, 0.25, true, zstd.
std::string ToString(const ParameterValue& value);

// The value as a number: itself, 0 or 1 for a switch, nothing for a category.
std::optional<double> ToNumber(const ParameterValue& value);

}  // namespace trimtab
