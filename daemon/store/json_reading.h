// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "daemon/base/clock.h"

// What the codecs of records read and write alike; reading throws
// nlohmann::json::exception.
namespace trimtab::store_codec {

// The library turns a number into an integer whether it fits or not.
template <typename Integer>
Integer IntegerFrom(const nlohmann::json& value) {
  const bool fits = value.is_number_unsigned()  ? std::in_range<Integer>(value.get<std::uint64_t>())
                    : value.is_number_integer() ? std::in_range<Integer>(value.get<std::int64_t>())
                                                : false;
  if (!fits) {
    throw nlohmann::json::type_error::create(302, "not an integer, or one that doesn't fit",
                                             &value);
  }
  return value.is_number_unsigned() ? static_cast<Integer>(value.get<std::uint64_t>())
                                    : static_cast<Integer>(value.get<std::int64_t>());
}

// Moments are stored as nanoseconds since the epoch.
inline std::int64_t Nanos(WallTime time) {
  return std::chrono::duration_cast<Duration>(time.time_since_epoch()).count();
}
inline WallTime TimeFromNanos(std::int64_t nanos) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(Duration(nanos)));
}

inline Duration DurationFrom(const nlohmann::json& value) {
  return Duration(IntegerFrom<std::int64_t>(value));
}
inline WallTime TimeFrom(const nlohmann::json& value) {
  return TimeFromNanos(IntegerFrom<std::int64_t>(value));
}

template <typename Enum>
Enum EnumFrom(const nlohmann::json& value, Enum last) {
  const int number = IntegerFrom<int>(value);
  if (number < 0 || number > static_cast<int>(last)) {
    throw nlohmann::json::out_of_range::create(401, "no such value: " + std::to_string(number),
                                               &value);
  }
  return static_cast<Enum>(number);
}

}  // namespace trimtab::store_codec
