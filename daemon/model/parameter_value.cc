// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/parameter_value.h"

#include <fmt/format.h>

namespace trimtab {

ParameterType TypeOf(const ParameterValue& value) {
  return static_cast<ParameterType>(value.index());
}

const char* Name(ParameterType type) {
  switch (type) {
    case ParameterType::kInt:
      return "int";
    case ParameterType::kDouble:
      return "double";
    case ParameterType::kBool:
      return "bool";
    case ParameterType::kCategorical:
      return "categorical";
  }
  return "unknown";
}

std::string ToString(const ParameterValue& value) {
  switch (TypeOf(value)) {
    case ParameterType::kInt:
      return fmt::format("{}", std::get<std::int64_t>(value));
    case ParameterType::kDouble:
      return fmt::format("{}", std::get<double>(value));
    case ParameterType::kBool:
      return std::get<bool>(value) ? "true" : "false";
    case ParameterType::kCategorical:
      return std::get<std::string>(value);
  }
  return {};
}

std::optional<double> ToNumber(const ParameterValue& value) {
  switch (TypeOf(value)) {
    case ParameterType::kInt:
      return static_cast<double>(std::get<std::int64_t>(value));
    case ParameterType::kDouble:
      return std::get<double>(value);
    case ParameterType::kBool:
      return std::get<bool>(value) ? 1.0 : 0.0;
    case ParameterType::kCategorical:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace trimtab
