// SPDX-License-Identifier: Apache-2.0
#include "client/host/codec.h"

#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/base/log_linear_buckets.h"

namespace trimtab::host {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr std::string_view kTimeoutMs = "timeout_ms";

struct Field {
  std::string_view name;
  bool (v1::SystemConfig::*has)() const;
  std::int64_t (v1::SystemConfig::*get)() const;
  void (v1::SystemConfig::*set)(std::int64_t);
};
using Config = v1::SystemConfig;
constexpr std::array<Field, 5> kFields = {{
    {"thread_pool_size", &Config::has_thread_pool_size, &Config::thread_pool_size,
     &Config::set_thread_pool_size},
    {"connection_pool_size", &Config::has_connection_pool_size, &Config::connection_pool_size,
     &Config::set_connection_pool_size},
    {"cache_size", &Config::has_cache_size, &Config::cache_size, &Config::set_cache_size},
    {"batch_size", &Config::has_batch_size, &Config::batch_size, &Config::set_batch_size},
    {"retry_count", &Config::has_retry_count, &Config::retry_count, &Config::set_retry_count},
}};

const Field* FindField(std::string_view name) {
  for (const Field& field : kFields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

absl::StatusOr<Value> DecodeValue(const std::string& name, const v1::ParameterValue& message) {
  switch (message.value_case()) {
    case v1::ParameterValue::kIntValue:
      return Value(std::int64_t{message.int_value()});
    case v1::ParameterValue::kDoubleValue:
      return Value(message.double_value());
    case v1::ParameterValue::kBoolValue:
      return Value(message.bool_value());
    case v1::ParameterValue::kCategoryValue:
      return Value(message.category_value());
    case v1::ParameterValue::VALUE_NOT_SET:
      break;
  }
  return Error(kInvalid, "config.custom_parameters.{}: the value is not set", name);
}

google::protobuf::Timestamp EncodeTime(WallTime time) {
  const auto nanos = std::chrono::floor<std::chrono::nanoseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(nanos);
  google::protobuf::Timestamp message;
  message.set_seconds(seconds.count());
  message.set_nanos(static_cast<std::int32_t>((nanos - seconds).count()));
  return message;
}

v1::LatencyHistogram EncodeHistogram(const Histogram& histogram) {
  v1::LatencyHistogram message;
  message.set_precision_bits(LogLinearBuckets::kDefaultPrecisionBits);
  for (std::uint32_t index = 0; index < histogram.buckets().size(); ++index) {
    if (histogram.buckets()[index] == 0) continue;
    message.add_bucket_indices(index);
    message.add_bucket_counts(histogram.buckets()[index]);
  }
  message.set_sum_nanos(histogram.sum_nanos());
  message.set_min_nanos(histogram.min_nanos());
  message.set_max_nanos(histogram.max_nanos());
  return message;
}

void EncodeRequests(const Totals& totals, v1::PerformanceMetrics* message) {
  if (totals.requests == 0) return;
  const auto milliseconds = [&](double q) { return totals.latency.QuantileNanos(q) / 1e6; };
  message->set_latency_p50_ms(milliseconds(0.5));
  message->set_latency_p95_ms(milliseconds(0.95));
  message->set_latency_p99_ms(milliseconds(0.99));
  message->set_latency_p999_ms(milliseconds(0.999));
  const auto percent = [&](std::int64_t part) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(totals.requests);
  };
  message->set_error_rate_percent(percent(totals.errors));
  message->set_timeout_rate_percent(percent(totals.timeouts));
}

v1::PerformanceMetrics EncodeMetrics(const Window& window) {
  v1::PerformanceMetrics message;
  EncodeRequests(window.totals, &message);
  if (window.memory_bytes) message.set_memory_bytes(static_cast<double>(*window.memory_bytes));
  if (window.uptime) *message.mutable_uptime() = EncodeDuration(*window.uptime);
  const double seconds = std::chrono::duration<double>(window.length).count();
  if (seconds <= 0) return message;
  const Totals& totals = window.totals;
  const auto good = static_cast<double>(totals.requests - totals.errors - totals.timeouts);
  message.set_throughput_ops_per_second(good / seconds);
  message.set_throughput_bytes_per_second(static_cast<double>(totals.payload_bytes) / seconds);
  const auto percent = [&](Duration part) {
    return 100.0 * std::chrono::duration<double>(part).count() / seconds;
  };
  if (window.available) message.set_availability_percent(percent(*window.available));
  if (window.cpu) message.set_cpu_percent(percent(*window.cpu));
  if (window.network_bytes) {
    message.set_network_bytes_per_second(static_cast<double>(*window.network_bytes) / seconds);
  }
  return message;
}

}  // namespace

absl::StatusOr<Values> DecodeConfig(const v1::SystemConfig& message) {
  Values values;
  for (const Field& field : kFields) {
    if ((message.*field.has)()) values.emplace(field.name, std::int64_t{(message.*field.get)()});
  }
  if (message.has_timeout()) {
    const auto timeout = DecodeDuration("config.timeout", message.timeout());
    if (!timeout.ok()) return timeout.status();
    const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(*timeout);
    if (*timeout < Duration::zero() || whole != *timeout) {
      return Error(kInvalid, "config.timeout: not a whole number of milliseconds from 0");
    }
    values.emplace(kTimeoutMs, std::int64_t{whole.count()});
  }
  for (const auto& [name, custom] : message.custom_parameters()) {
    if (name == kTimeoutMs || FindField(name) != nullptr) {
      return Error(kInvalid, "config.custom_parameters.{}: this name has a field of its own", name);
    }
    auto value = DecodeValue(name, custom);
    if (!value.ok()) return value.status();
    values.emplace(name, *std::move(value));
  }
  return values;
}

v1::SystemConfig EncodeConfig(const Values& values) {
  v1::SystemConfig message;
  for (const auto& [name, value] : values) {
    if (const Field* field = FindField(name)) {
      (message.*field->set)(std::get<std::int64_t>(value));
    } else if (name == kTimeoutMs) {
      *message.mutable_timeout() =
          EncodeDuration(std::chrono::milliseconds(std::get<std::int64_t>(value)));
    } else {
      (*message.mutable_custom_parameters())[name] = EncodeValue(value);
    }
  }
  return message;
}

v1::ParameterValue EncodeValue(const Value& value) {
  v1::ParameterValue message;
  switch (KindOf(value)) {
    case Kind::kInt:
      message.set_int_value(std::get<std::int64_t>(value));
      break;
    case Kind::kDouble:
      message.set_double_value(std::get<double>(value));
      break;
    case Kind::kBool:
      message.set_bool_value(std::get<bool>(value));
      break;
    case Kind::kCategory:
      message.set_category_value(std::get<std::string>(value));
      break;
  }
  return message;
}

v1::ParameterDescription EncodeParameter(const Parameter& parameter) {
  v1::ParameterDescription message;
  message.set_name(parameter.name);
  const auto bound = [](const Value& value) {
    const auto* whole = std::get_if<std::int64_t>(&value);
    return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
  };
  const Kind kind = KindOf(parameter.initial);
  // The types are in the order of Kind, after UNSPECIFIED.
  message.set_type(static_cast<v1::ParameterType>(static_cast<int>(kind) + 1));
  if (kind == Kind::kInt || kind == Kind::kDouble) {
    message.set_min_value(bound(parameter.min));
    message.set_max_value(bound(parameter.max));
  }
  for (const std::string& category : parameter.categories) message.add_categories(category);
  message.set_unit(parameter.unit);
  message.set_needs_restart(parameter.needs_restart);
  *message.mutable_default_value() = EncodeValue(parameter.initial);
  message.set_description(parameter.description);
  return message;
}

v1::ConfigState EncodeState(const ConfigView& view, const std::string& boot_id) {
  v1::ConfigState message;
  *message.mutable_config() = EncodeConfig(view.values);
  message.set_generation(view.generation);
  // The sources are in the same order, after UNSPECIFIED.
  message.set_source(static_cast<v1::ConfigSource>(static_cast<int>(view.source) + 1));
  message.set_tuner_id(view.tuner_id);
  *message.mutable_committed_config() = EncodeConfig(view.committed);
  if (view.lease_remaining) {
    *message.mutable_lease_remaining() = EncodeDuration(*view.lease_remaining);
  }
  message.set_holder_tuner_id(view.holder);
  message.set_boot_id(boot_id);
  return message;
}

v1::ParameterOutcome EncodeOutcome(const ParameterOutcome& outcome) {
  v1::ParameterOutcome message;
  message.set_name(outcome.name);
  // The kinds are in the same order, after UNSPECIFIED.
  message.set_kind(static_cast<v1::ParameterOutcomeKind>(static_cast<int>(outcome.kind) + 1));
  *message.mutable_requested() = EncodeValue(outcome.requested);
  if (outcome.in_force) *message.mutable_in_force() = EncodeValue(*outcome.in_force);
  message.set_message(outcome.message);
  return message;
}

v1::MetricsSnapshot EncodeWindow(const Window& window, const std::string& boot_id) {
  v1::MetricsSnapshot message;
  message.set_boot_id(boot_id);
  message.set_generation(window.generation);
  message.set_sequence(window.sequence);
  *message.mutable_window_start() = EncodeTime(window.start);
  *message.mutable_window_end() = EncodeTime(window.end);
  *message.mutable_window_length() = EncodeDuration(window.length);
  message.set_request_count(window.totals.requests);
  message.set_error_count(window.totals.errors);
  message.set_timeout_count(window.totals.timeouts);
  message.set_payload_bytes(window.totals.payload_bytes);
  message.set_superseded(window.superseded);
  *message.mutable_metrics() = EncodeMetrics(window);
  *message.mutable_latency() = EncodeHistogram(window.totals.latency);
  return message;
}

absl::StatusOr<Duration> DecodeDuration(const std::string& field,
                                        const google::protobuf::Duration& message) {
  constexpr std::int64_t kNanos = 1'000'000'000;
  constexpr std::int64_t kMaxSeconds = std::numeric_limits<std::int64_t>::max() / kNanos - 1;
  const std::int64_t seconds = message.seconds();
  const std::int64_t nanos = message.nanos();
  const bool one_sign = (seconds <= 0 || nanos >= 0) && (seconds >= 0 || nanos <= 0);
  if (seconds > kMaxSeconds || seconds < -kMaxSeconds || nanos >= kNanos || nanos <= -kNanos ||
      !one_sign) {
    return Error(kInvalid, "{}: {} s and {} ns is no valid duration", field, seconds, nanos);
  }
  return Duration(seconds * kNanos + nanos);
}

google::protobuf::Duration EncodeDuration(Duration duration) {
  google::protobuf::Duration message;
  message.set_seconds(duration.count() / 1'000'000'000);
  message.set_nanos(static_cast<std::int32_t>(duration.count() % 1'000'000'000));
  return message;
}

grpc::Status ToGrpc(const absl::Status& status) {
  // The canonical codes of both are the same numbers.
  return {static_cast<grpc::StatusCode>(status.code()), Message(status)};
}

}  // namespace trimtab::host
