// SPDX-License-Identifier: Apache-2.0
#include "client/cli/assignment.h"

#include <google/protobuf/util/time_util.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <system_error>

namespace trimtab::cli {
namespace {

// The whole text as a number that fits.
template <typename Number>
std::optional<Number> NumberFrom(const std::string& text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (at != end || error != std::errc()) return std::nullopt;
  return number;
}

absl::Status SetValue(const v1::SystemConfig& in_force, const std::string& name,
                      const std::string& text, v1::SystemConfig& config) {
  const std::optional<std::int64_t> integer = NumberFrom<std::int64_t>(text);
  const std::optional<double> number = NumberFrom<double>(text);
  const auto bad = [&](const char* allowed) {
    return absl::InvalidArgumentError(name + "=" + text + ": must be " + allowed);
  };
  const auto* field = v1::SystemConfig::descriptor()->FindFieldByName(name);
  if (name == "timeout_ms" || (field != nullptr && !field->is_map())) {
    if (!integer || name == "timeout") return bad("a whole number (the timeout is timeout_ms)");
    // What a Duration holds.
    constexpr std::int64_t kMostMs = 315'576'000'000'000;
    if (name == "timeout_ms") {
      if (*integer < 0 || *integer > kMostMs) return bad("from 0 to 315576000000000 ms");
      *config.mutable_timeout() =
          google::protobuf::util::TimeUtil::MillisecondsToDuration(*integer);
    } else {
      config.GetReflection()->SetInt64(&config, field, *integer);
    }
    return absl::OkStatus();
  }
  const auto known = in_force.custom_parameters().find(name);
  if (known == in_force.custom_parameters().end()) {
    return absl::InvalidArgumentError("the host has no parameter '" + name + "'");
  }
  v1::ParameterValue& value = (*config.mutable_custom_parameters())[name];
  switch (known->second.value_case()) {
    case v1::ParameterValue::kIntValue:
      if (!integer) return bad("a whole number");
      value.set_int_value(*integer);
      break;
    case v1::ParameterValue::kDoubleValue:
      if (!number || !std::isfinite(*number)) return bad("a number");
      value.set_double_value(*number);
      break;
    case v1::ParameterValue::kBoolValue:
      if (text != "true" && text != "false") return bad("true or false");
      value.set_bool_value(text == "true");
      break;
    default:
      value.set_category_value(text);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Assign(const v1::SystemConfig& in_force, const std::string& assignment,
                    v1::SystemConfig& config) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) {
    return absl::InvalidArgumentError("'" + assignment + "' must be NAME=VALUE");
  }
  return SetValue(in_force, assignment.substr(0, equals), assignment.substr(equals + 1), config);
}

}  // namespace trimtab::cli
