// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/search_space.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <set>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/base/fingerprint.h"

namespace trimtab {
namespace {

template <typename... Args>
absl::Status Refuse(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

absl::Status CheckList(const Dimension& dimension) {
  std::set<ParameterValue> seen;
  for (std::size_t i = 0; i < dimension.values.size(); ++i) {
    const ParameterValue& value = dimension.values[i];
    if (TypeOf(value) != dimension.type) {
      return Refuse("{}: {} is not of type {}", dimension.name, ToString(value),
                    Name(dimension.type));
    }
    const std::optional<double> number = ToNumber(value);
    if (number && !std::isfinite(*number)) {
      return Refuse("{}: values must be finite", dimension.name);
    }
    if (!seen.insert(value).second) {
      return Refuse("{}: {} is listed twice", dimension.name, ToString(value));
    }
    if (i > 0 && number && *ToNumber(dimension.values[i - 1]) > *number) {
      return Refuse("{}: values must ascend, but {} follows {}", dimension.name, ToString(value),
                    ToString(dimension.values[i - 1]));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRange(const Dimension& dimension) {
  if (dimension.type != ParameterType::kInt && dimension.type != ParameterType::kDouble) {
    return Refuse("{}: the list of values is empty", dimension.name);
  }
  if (!std::isfinite(dimension.min) || !std::isfinite(dimension.max)) {
    return Refuse("{}: min and max must be finite", dimension.name);
  }
  if (dimension.min > dimension.max) {
    return Refuse("{}: min {} is above max {}", dimension.name, dimension.min, dimension.max);
  }
  // Twice that, so that no sum or difference on the way is beyond a double.
  if (!std::isfinite(2 * (dimension.max - dimension.min))) {
    return Refuse("{}: min {} and max {} are too far apart", dimension.name, dimension.min,
                  dimension.max);
  }
  if (!(dimension.step >= 0) || !std::isfinite(dimension.step)) {
    return Refuse("{}: step {} must be 0 or positive", dimension.name, dimension.step);
  }
  constexpr double kMostSteps = 0x1p53;
  if (dimension.step > 0 && (dimension.max - dimension.min) / dimension.step > kMostSteps) {
    return Refuse("{}: step {} is too small for a range from {} to {}; 2^53 steps at most",
                  dimension.name, dimension.step, dimension.min, dimension.max);
  }
  if (dimension.scale == Scale::kLog && dimension.min <= 0) {
    return Refuse("{}: a log scale needs a positive min, not {}", dimension.name, dimension.min);
  }
  if (dimension.type == ParameterType::kInt) {
    for (const double number : {dimension.min, dimension.max, dimension.step}) {
      if (number != std::floor(number) || std::abs(number) > 0x1p53) {
        return Refuse("{}: {} is not a whole number from -2^53 to 2^53", dimension.name, number);
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SearchSpace> SearchSpace::Create(std::vector<Dimension> dimensions,
                                                std::vector<Rule> rules) {
  std::set<std::string> names;
  for (Dimension& dimension : dimensions) {
    if (dimension.name.empty()) return Refuse("a parameter has no name");
    if (!names.insert(dimension.name).second) {
      return Refuse("{}: the parameter is given twice", dimension.name);
    }
    if (dimension.type == ParameterType::kBool && dimension.values.empty()) {
      dimension.values = {false, true};
    }
    const absl::Status status =
        dimension.values.empty() ? CheckRange(dimension) : CheckList(dimension);
    if (!status.ok()) return status;
  }
  SearchSpace space;
  space.dimensions_ = std::move(dimensions);
  for (const Rule& rule : rules) {
    if (absl::Status status = space.CheckRule(rule); !status.ok()) return status;
  }
  space.rules_ = std::move(rules);
  return space;
}

absl::Status SearchSpace::CheckRule(const Rule& rule) const {
  for (const std::string& name : rule.Parameters()) {
    const Dimension* dimension = Find(name);
    if (dimension == nullptr) {
      std::vector<std::string> names;
      for (const Dimension& each : dimensions_) names.push_back(each.name);
      return Refuse("rule '{}': there is no parameter '{}' in the search space, which has {}",
                    rule.text(), name, fmt::join(names, ", "));
    }
    if (dimension->type == ParameterType::kCategorical) {
      return Refuse("rule '{}': '{}' is not a number", rule.text(), name);
    }
  }
  return absl::OkStatus();
}

const Dimension* SearchSpace::Find(std::string_view name) const {
  for (const Dimension& dimension : dimensions_) {
    if (dimension.name == name) return &dimension;
  }
  return nullptr;
}

std::optional<std::uint64_t> SearchSpace::PointCount() const {
  constexpr std::uint64_t kMax = std::uint64_t{1} << 63;
  std::uint64_t product = 1;
  for (const Dimension& dimension : dimensions_) {
    const std::optional<std::uint64_t> count = dimension.PointCount();
    if (!count || *count > kMax / product) return std::nullopt;
    product *= *count;
  }
  return product;
}

Configuration SearchSpace::Point(std::uint64_t index) const {
  Configuration result;
  for (auto dimension = dimensions_.rbegin(); dimension != dimensions_.rend(); ++dimension) {
    const std::uint64_t count = *dimension->PointCount();
    result.Set(dimension->name, dimension->Point(index % count));
    index /= count;
  }
  return result;
}

Configuration SearchSpace::At(const std::vector<double>& unit) const {
  Configuration result;
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    result.Set(dimensions_[i].name, dimensions_[i].At(unit[i]));
  }
  return result;
}

absl::Status SearchSpace::Check(const Configuration& configuration) const {
  std::string reasons;
  const auto add = [&reasons](const std::string& reason) {
    if (!reasons.empty()) reasons += "; ";
    reasons += reason;
  };
  for (const Dimension& dimension : dimensions_) {
    const ParameterValue* value = configuration.Find(dimension.name);
    if (value == nullptr) {
      add(fmt::format("{}: missing", dimension.name));
    } else if (absl::Status status = dimension.Check(*value); !status.ok()) {
      add(Message(status));
    }
  }
  for (const auto& [name, value] : configuration) {
    if (Find(name) == nullptr) add(fmt::format("{}: not in the search space", name));
  }
  if (reasons.empty()) {
    if (absl::Status status = CheckRules(configuration); !status.ok()) add(Message(status));
  }
  if (reasons.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(reasons);
}

absl::Status SearchSpace::CheckRules(const Configuration& configuration) const {
  for (const Rule& rule : rules_) {
    if (!rule.Holds(configuration)) return Refuse("rule '{}' does not hold", rule.text());
  }
  return absl::OkStatus();
}

std::uint64_t SearchSpace::Fingerprint() const {
  Fnv1a hash;
  for (const Dimension& dimension : dimensions_) {
    hash.Add(dimension.name);
    hash.Add(Name(dimension.type));
    for (const ParameterValue& value : dimension.values) hash.Add(ToString(value));
    hash.Add(fmt::format("{} {} {} {}", dimension.min, dimension.max, dimension.step,
                         dimension.scale == Scale::kLog ? "log" : "linear"));
  }
  for (const Rule& rule : rules_) hash.Add(rule.text());
  return hash.value();
}

SearchSpace DefaultSearchSpace() {
  const auto list = [](std::string_view name, std::initializer_list<std::int64_t> values) {
    Dimension dimension;
    dimension.name = std::string(name);
    for (const std::int64_t value : values) dimension.values.emplace_back(value);
    return dimension;
  };
  // A constant of the code: the checks of Create can't fail on it.
  return SearchSpace::Create({
                                 list(parameter_names::kThreadPoolSize, {4, 8, 16, 32}),
                                 list(parameter_names::kConnectionPoolSize, {50, 100, 200, 500}),
                                 list(parameter_names::kCacheSize, {1000, 5000, 10000, 50000}),
                                 list(parameter_names::kBatchSize, {100, 500, 1000, 2000}),
                             })
      .value();
}

}  // namespace trimtab
