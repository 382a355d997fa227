// SPDX-License-Identifier: Apache-2.0
#include "daemon/codec/configuration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/codec/time.h"

namespace trimtab::codec {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
// The longest timeout that fits the daemon's durations.
constexpr std::int64_t kMaxTimeoutMs = 9'223'372'035'000;

// The named fields that hold a count; `timeout` is the odd one out.
struct CountField {
  std::string_view name;
  bool (v1::SystemConfig::*has)() const;
  std::int64_t (v1::SystemConfig::*get)() const;
  void (v1::SystemConfig::*set)(std::int64_t);
};

constexpr std::array<CountField, 5> kCountFields = {{
    {parameter_names::kThreadPoolSize, &v1::SystemConfig::has_thread_pool_size,
     &v1::SystemConfig::thread_pool_size, &v1::SystemConfig::set_thread_pool_size},
    {parameter_names::kConnectionPoolSize, &v1::SystemConfig::has_connection_pool_size,
     &v1::SystemConfig::connection_pool_size, &v1::SystemConfig::set_connection_pool_size},
    {parameter_names::kCacheSize, &v1::SystemConfig::has_cache_size, &v1::SystemConfig::cache_size,
     &v1::SystemConfig::set_cache_size},
    {parameter_names::kBatchSize, &v1::SystemConfig::has_batch_size, &v1::SystemConfig::batch_size,
     &v1::SystemConfig::set_batch_size},
    {parameter_names::kRetryCount, &v1::SystemConfig::has_retry_count,
     &v1::SystemConfig::retry_count, &v1::SystemConfig::set_retry_count},
}};

const CountField* FindCountField(std::string_view name) {
  const auto found = std::find_if(kCountFields.begin(), kCountFields.end(),
                                  [&](const CountField& field) { return field.name == name; });
  return found == kCountFields.end() ? nullptr : &*found;
}

bool IsNamed(std::string_view name) {
  return name == parameter_names::kTimeoutMs || FindCountField(name) != nullptr;
}

absl::Status CheckName(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto other = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (!name.empty() && lower(name[0]) && std::all_of(name.begin(), name.end(), other)) {
    return absl::OkStatus();
  }
  return Error(kInvalid,
               "'{}' is no parameter's name: it must be a lower-case letter, then lower-case "
               "letters, digits and underscores",
               name);
}

// The value of a named parameter if its field can hold it.
const std::int64_t* Encodable(std::string_view name, const ParameterValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return nullptr;
  if (name == parameter_names::kTimeoutMs && (*number < 0 || *number > kMaxTimeoutMs)) {
    return nullptr;
  }
  return number;
}

absl::StatusOr<std::int64_t> DecodeTimeout(const google::protobuf::Duration& message) {
  const auto timeout = DecodeDuration(message);
  if (!timeout.ok()) return Error(kInvalid, "timeout: {}", Message(timeout.status()));
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(*timeout);
  if (whole.count() < 0 || whole != *timeout) {
    return Error(kInvalid, "timeout: {} ns is not a whole, not negative number of milliseconds",
                 timeout->count());
  }
  return whole.count();
}

absl::StatusOr<ParameterType> DecodeType(v1::ParameterType type) {
  switch (type) {
    case v1::PARAMETER_TYPE_INT:
      return ParameterType::kInt;
    case v1::PARAMETER_TYPE_DOUBLE:
      return ParameterType::kDouble;
    case v1::PARAMETER_TYPE_BOOL:
      return ParameterType::kBool;
    case v1::PARAMETER_TYPE_CATEGORICAL:
      return ParameterType::kCategorical;
    default:
      return Error(kInvalid, "type: {} is none of INT, DOUBLE, BOOL and CATEGORICAL",
                   static_cast<int>(type));
  }
}

absl::Status CheckRange(const HostParameter& parameter) {
  const bool number =
      parameter.type == ParameterType::kInt || parameter.type == ParameterType::kDouble;
  const std::pair<std::string_view, std::optional<double>> bounds[] = {
      {"min_value", parameter.min}, {"max_value", parameter.max}};
  for (const auto& [field, bound] : bounds) {
    if (!bound) continue;
    if (!number) return Error(kInvalid, "{}: a {} has no range", field, Name(parameter.type));
    if (!std::isfinite(*bound)) return Error(kInvalid, "{} is not finite", field);
  }
  if (parameter.min && parameter.max && *parameter.min > *parameter.max) {
    return Error(kInvalid, "min_value {} is above max_value {}", *parameter.min, *parameter.max);
  }
  return absl::OkStatus();
}

absl::Status CheckCategories(const HostParameter& parameter) {
  const bool categorical = parameter.type == ParameterType::kCategorical;
  if (categorical == parameter.categories.empty()) {
    return Error(kInvalid, "categories: a {} must have {}", Name(parameter.type),
                 categorical ? "at least one" : "none");
  }
  std::set<std::string_view> seen;
  for (const std::string& category : parameter.categories) {
    if (category.empty() || !seen.insert(category).second) {
      return Error(kInvalid, "categories: '{}' is empty or there twice", category);
    }
  }
  return absl::OkStatus();
}

}  // namespace

v1::ParameterValue EncodeValue(const ParameterValue& value) {
  v1::ParameterValue message;
  switch (TypeOf(value)) {
    case ParameterType::kInt:
      message.set_int_value(std::get<std::int64_t>(value));
      break;
    case ParameterType::kDouble:
      message.set_double_value(std::get<double>(value));
      break;
    case ParameterType::kBool:
      message.set_bool_value(std::get<bool>(value));
      break;
    case ParameterType::kCategorical:
      message.set_category_value(std::get<std::string>(value));
      break;
  }
  return message;
}

absl::StatusOr<ParameterValue> DecodeValue(const v1::ParameterValue& message) {
  switch (message.value_case()) {
    case v1::ParameterValue::kIntValue:
      return ParameterValue(std::int64_t{message.int_value()});
    case v1::ParameterValue::kDoubleValue:
      if (!std::isfinite(message.double_value())) return Error(kInvalid, "value is not finite");
      return ParameterValue(message.double_value());
    case v1::ParameterValue::kBoolValue:
      return ParameterValue(message.bool_value());
    case v1::ParameterValue::kCategoryValue:
      if (message.category_value().empty()) return Error(kInvalid, "category_value is empty");
      return ParameterValue(message.category_value());
    case v1::ParameterValue::VALUE_NOT_SET:
      break;
  }
  return Error(kInvalid, "value is not set");
}

v1::SystemConfig EncodeConfiguration(const Configuration& configuration) {
  v1::SystemConfig message;
  for (const auto& [name, value] : configuration) {
    const std::int64_t* number = IsNamed(name) ? Encodable(name, value) : nullptr;
    if (number == nullptr) {
      (*message.mutable_custom_parameters())[name] = EncodeValue(value);
    } else if (const CountField* field = FindCountField(name)) {
      (message.*field->set)(*number);
    } else {
      *message.mutable_timeout() = EncodeDuration(std::chrono::milliseconds(*number));
    }
  }
  return message;
}

absl::Status CheckEncodable(const Configuration& configuration) {
  for (const auto& [name, value] : configuration) {
    if (auto status = CheckName(name); !status.ok()) return status;
    if (IsNamed(name) && Encodable(name, value) == nullptr) {
      return Error(kInvalid, "{} must be a whole number{}, not {}", name,
                   name == parameter_names::kTimeoutMs ? " from 0" : "", ToString(value));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Configuration> DecodeConfiguration(const v1::SystemConfig& message) {
  Configuration configuration;
  for (const CountField& field : kCountFields) {
    if ((message.*field.has)()) configuration.Set(field.name, (message.*field.get)());
  }
  if (message.has_timeout()) {
    const auto timeout = DecodeTimeout(message.timeout());
    if (!timeout.ok()) return timeout.status();
    configuration.Set(parameter_names::kTimeoutMs, *timeout);
  }
  for (const auto& [name, custom] : message.custom_parameters()) {
    if (auto status = CheckName(name); !status.ok()) {
      return Error(kInvalid, "custom_parameters: {}", Message(status));
    }
    if (IsNamed(name)) {
      return Error(kInvalid, "custom_parameters: {} has a field of its own", name);
    }
    const auto value = DecodeValue(custom);
    if (!value.ok()) {
      return Error(kInvalid, "custom_parameters.{}: {}", name, Message(value.status()));
    }
    configuration.Set(name, *value);
  }
  return configuration;
}

v1::ParameterType EncodeType(ParameterType type) {
  // The enumerators are in the same order, after UNSPECIFIED.
  return static_cast<v1::ParameterType>(static_cast<int>(type) + 1);
}

v1::ParameterDescription EncodeParameter(const HostParameter& parameter) {
  v1::ParameterDescription message;
  message.set_name(parameter.name);
  message.set_type(EncodeType(parameter.type));
  if (parameter.min) message.set_min_value(*parameter.min);
  if (parameter.max) message.set_max_value(*parameter.max);
  for (const std::string& category : parameter.categories) message.add_categories(category);
  message.set_unit(parameter.unit);
  message.set_needs_restart(parameter.needs_restart);
  if (parameter.default_value) {
    *message.mutable_default_value() = EncodeValue(*parameter.default_value);
  }
  message.set_description(parameter.description);
  return message;
}

absl::StatusOr<HostParameter> DecodeParameter(const v1::ParameterDescription& message) {
  HostParameter parameter;
  parameter.name = message.name();
  if (auto status = CheckName(parameter.name); !status.ok()) return status;
  const auto fail = [&](const absl::Status& status) {
    return Error(kInvalid, "{}: {}", parameter.name, Message(status));
  };
  const auto type = DecodeType(message.type());
  if (!type.ok()) return fail(type.status());
  parameter.type = *type;
  if (message.has_min_value()) parameter.min = message.min_value();
  if (message.has_max_value()) parameter.max = message.max_value();
  parameter.categories.assign(message.categories().begin(), message.categories().end());
  if (auto status = CheckRange(parameter); !status.ok()) return fail(status);
  if (auto status = CheckCategories(parameter); !status.ok()) return fail(status);
  parameter.unit = message.unit();
  parameter.needs_restart = message.needs_restart();
  parameter.description = message.description();
  if (!message.has_default_value()) return parameter;
  auto value = DecodeValue(message.default_value());
  if (!value.ok()) {
    return Error(kInvalid, "{}: default_value: {}", parameter.name, Message(value.status()));
  }
  if (TypeOf(*value) != parameter.type) {
    return Error(kInvalid, "{}: default_value must be of type {}, not {}", parameter.name,
                 Name(parameter.type), Name(TypeOf(*value)));
  }
  parameter.default_value = *std::move(value);
  return parameter;
}

}  // namespace trimtab::codec
