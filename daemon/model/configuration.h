// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/parameter_value.h"

namespace trimtab {

// Names of the parameters that SystemConfig spells out. `timeout` is
// `timeout_ms` wherever types vanish, and whole milliseconds.
namespace parameter_names {
inline constexpr std::string_view kThreadPoolSize = "thread_pool_size";
inline constexpr std::string_view kConnectionPoolSize = "connection_pool_size";
inline constexpr std::string_view kCacheSize = "cache_size";
inline constexpr std::string_view kBatchSize = "batch_size";
inline constexpr std::string_view kTimeoutMs = "timeout_ms";
inline constexpr std::string_view kRetryCount = "retry_count";
}  // namespace parameter_names

// A value for each of some parameters, by name. A value type; ordered by name,
// so that equal configurations are written and hashed equally.
class Configuration {
 public:
  using Map = std::map<std::string, ParameterValue, std::less<>>;

  Configuration() = default;
  explicit Configuration(Map values) : values_(std::move(values)) {}
  Configuration(std::initializer_list<Map::value_type> values) : values_(values) {}

  // Null when there is no such parameter.
  const ParameterValue* Find(std::string_view name) const;
  void Set(std::string_view name, ParameterValue value);
  // This configuration with the values of `changes` put over it.
  Configuration With(const Configuration& changes) const;
  // The values of this one for the parameters that `other` has too.
  Configuration RestrictedTo(const Configuration& other) const;

  bool empty() const { return values_.empty(); }
  std::size_t size() const { return values_.size(); }
  Map::const_iterator begin() const { return values_.begin(); }
  Map::const_iterator end() const { return values_.end(); }

  // "batch_size=100 cache_size=1000".
  std::string ToString() const;
  // A hash that is the same on every machine and in every version.
  std::uint64_t Fingerprint() const;

  friend bool operator==(const Configuration&, const Configuration&) = default;

 private:
  Map values_;
};

// The names of the parameters in which two configurations differ, one of them
// lacking a parameter included.
std::vector<std::string> Difference(const Configuration& a, const Configuration& b);

}  // namespace trimtab
