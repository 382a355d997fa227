// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/configuration.h"
#include "daemon/model/parameter_value.h"
#include "daemon/model/rule.h"

namespace trimtab {

// How the values of a number are spread for the search.
enum class Scale { kLinear, kLog };

// One parameter that is searched. Either `values` is not empty and lists the
// points, or `min` and `max` bound a number. A switch lists false and true.
struct Dimension {
  std::string name;
  ParameterType type = ParameterType::kInt;
  // The allowed points, ascending for numbers, each of `type`.
  std::vector<ParameterValue> values;
  double min = 0;
  double max = 0;
  // Distance of the points of a range from `min`; 0: every integer, or a
  // continuum of doubles.
  double step = 0;
  Scale scale = Scale::kLinear;
  // In words, such as "ms"; may be empty.
  std::string unit;

  // Number of points, or nothing for a continuum.
  std::optional<std::uint64_t> PointCount() const;
  // The point at a place of [0, 1] along the scale; a value outside is taken
  // to the nearest end. Each point of a finite dimension has an equal share.
  ParameterValue At(double place) const;
  // The i-th point of a finite dimension; `index` below PointCount().
  ParameterValue Point(std::uint64_t index) const;
  // The place of a value in [0, 1] along the scale; the inverse of At() up to
  // rounding. Nothing when the value isn't in the dimension's type or list.
  std::optional<double> PlaceOf(const ParameterValue& value) const;
  // OK, or INVALID_ARGUMENT that says what is allowed.
  absl::Status Check(const ParameterValue& value) const;
  // "4, 8, 16 or 32" or "1 to 100 step 5".
  std::string AllowedInWords() const;
};

// The configurations that the search may propose. Immutable once made.
class SearchSpace {
 public:
  SearchSpace() = default;

  // INVALID_ARGUMENT for a duplicate or empty name, an empty list, a value of
  // another type, min above max, a log scale with min <= 0, or a rule over an
  // unknown or non-numeric parameter.
  static absl::StatusOr<SearchSpace> Create(std::vector<Dimension> dimensions,
                                            std::vector<Rule> rules = {});

  const std::vector<Dimension>& dimensions() const { return dimensions_; }
  const std::vector<Rule>& rules() const { return rules_; }
  const Dimension* Find(std::string_view name) const;
  // OK, or INVALID_ARGUMENT where the rule is over a parameter that is unknown or no
  // number.
  absl::Status CheckRule(const Rule& rule) const;

  // Number of combinations, rules not considered; nothing for a continuum or
  // above 2^63.
  std::optional<std::uint64_t> PointCount() const;
  // The i-th combination in mixed-radix order, the last dimension fastest.
  // Finite spaces only; `index` below PointCount().
  Configuration Point(std::uint64_t index) const;
  // The combination at a place in the unit cube, one coordinate a dimension.
  Configuration At(const std::vector<double>& unit) const;

  // OK when every dimension has an allowed value, there is no other parameter
  // and every rule holds; INVALID_ARGUMENT with all reasons otherwise.
  absl::Status Check(const Configuration& configuration) const;
  // OK when every rule holds; parameters outside the space are ignored.
  absl::Status CheckRules(const Configuration& configuration) const;

  // The same for equal spaces, on every machine.
  std::uint64_t Fingerprint() const;

 private:
  std::vector<Dimension> dimensions_;
  std::vector<Rule> rules_;
};

// The default space: thread_pool_size 4 8 16 32, connection_pool_size 50 100
// 200 500, cache_size 1000 5000 10000 50000, batch_size 100 500 1000 2000 (256
// combinations), with timeout_ms 100 and retry_count 3 held fixed.
SearchSpace DefaultSearchSpace();

}  // namespace trimtab
