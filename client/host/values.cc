// SPDX-License-Identifier: Apache-2.0
#include "client/host/values.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>

#include "daemon/base/error.h"

namespace trimtab::host {
namespace {

using google::protobuf::util::TimeUtil;

Fitted Reject(const Value& wanted, std::string why) {
  return {wanted, v1::PARAMETER_OUTCOME_KIND_REJECTED, std::move(why)};
}

template <typename T>
Fitted Clamp(const v1::ParameterDescription& description, T wanted) {
  const auto low = static_cast<T>(description.min_value());
  const auto high = static_cast<T>(description.max_value());
  const T fitted = std::clamp(wanted, low, high);
  if (fitted == wanted) return {wanted};
  return {fitted, v1::PARAMETER_OUTCOME_KIND_CLAMPED,
          fmt::format("allowed are {} to {}", low, high)};
}

void SetNamed(v1::SystemConfig& config, const std::string& name, const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number != nullptr && name == "thread_pool_size") {
    config.set_thread_pool_size(*number);
  } else if (number != nullptr && name == "connection_pool_size") {
    config.set_connection_pool_size(*number);
  } else if (number != nullptr && name == "cache_size") {
    config.set_cache_size(*number);
  } else if (number != nullptr && name == "batch_size") {
    config.set_batch_size(*number);
  } else if (number != nullptr && name == "timeout_ms") {
    *config.mutable_timeout() = TimeUtil::MillisecondsToDuration(*number);
  } else if (number != nullptr && name == "retry_count") {
    config.set_retry_count(*number);
  } else {
    (*config.mutable_custom_parameters())[name] = Encode(value);
  }
}

}  // namespace

v1::ParameterValue Encode(const Value& value) {
  v1::ParameterValue result;
  switch (value.index()) {
    case 0:
      result.set_int_value(std::get<std::int64_t>(value));
      break;
    case 1:
      result.set_double_value(std::get<double>(value));
      break;
    case 2:
      result.set_bool_value(std::get<bool>(value));
      break;
    default:
      result.set_category_value(std::get<std::string>(value));
  }
  return result;
}

v1::SystemConfig Encode(const Values& values) {
  v1::SystemConfig config;
  for (const auto& [name, value] : values) SetNamed(config, name, value);
  return config;
}

absl::StatusOr<Values> Decode(const v1::SystemConfig& config) {
  Values values;
  if (config.has_thread_pool_size()) values["thread_pool_size"] = config.thread_pool_size();
  if (config.has_connection_pool_size()) {
    values["connection_pool_size"] = config.connection_pool_size();
  }
  if (config.has_cache_size()) values["cache_size"] = config.cache_size();
  if (config.has_batch_size()) values["batch_size"] = config.batch_size();
  if (config.has_timeout()) {
    if (config.timeout().nanos() % 1'000'000 != 0) {
      return absl::InvalidArgumentError("timeout must be whole milliseconds");
    }
    values["timeout_ms"] =
        static_cast<std::int64_t>(TimeUtil::DurationToMilliseconds(config.timeout()));
  }
  if (config.has_retry_count()) values["retry_count"] = config.retry_count();
  for (const auto& [name, value] : config.custom_parameters()) {
    switch (value.value_case()) {
      case v1::ParameterValue::kIntValue:
        values[name] = value.int_value();
        break;
      case v1::ParameterValue::kDoubleValue:
        values[name] = value.double_value();
        break;
      case v1::ParameterValue::kBoolValue:
        values[name] = value.bool_value();
        break;
      case v1::ParameterValue::kCategoryValue:
        values[name] = value.category_value();
        break;
      default:
        return Error(absl::StatusCode::kInvalidArgument, "custom_parameters['{}'] has no value",
                     name);
    }
  }
  return values;
}

Fitted Fit(const v1::ParameterDescription& description, const Value& wanted) {
  static constexpr v1::ParameterType kTypes[] = {v1::PARAMETER_TYPE_INT, v1::PARAMETER_TYPE_DOUBLE,
                                                 v1::PARAMETER_TYPE_BOOL,
                                                 v1::PARAMETER_TYPE_CATEGORICAL};
  if (kTypes[wanted.index()] != description.type()) {
    return Reject(wanted, "must be of type " + v1::ParameterType_Name(description.type()));
  }
  if (const auto* number = std::get_if<std::int64_t>(&wanted)) return Clamp(description, *number);
  if (const auto* number = std::get_if<double>(&wanted)) {
    if (!std::isfinite(*number)) return Reject(wanted, "must be finite");
    return Clamp(description, *number);
  }
  if (const auto* category = std::get_if<std::string>(&wanted)) {
    const auto& allowed = description.categories();
    if (std::find(allowed.begin(), allowed.end(), *category) == allowed.end()) {
      return Reject(wanted, "is not one of the categories");
    }
  }
  return {wanted};
}

}  // namespace trimtab::host
