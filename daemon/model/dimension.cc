// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "daemon/base/error.h"
#include "daemon/model/search_space.h"

namespace trimtab {
namespace {

// Slack for a value that went through a division and back.
constexpr double kStepTolerance = 1e-9;

ParameterValue MakeNumber(ParameterType type, double number) {
  if (type == ParameterType::kInt) return static_cast<std::int64_t>(std::llround(number));
  return number;
}

double Spread(Scale scale, double number) {
  return scale == Scale::kLog ? std::log(number) : number;
}

}  // namespace

std::optional<std::uint64_t> Dimension::PointCount() const {
  if (!values.empty()) return values.size();
  const double distance = type == ParameterType::kInt && step == 0 ? 1 : step;
  if (distance == 0) {
    if (min == max) return 1;
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(std::floor((max - min) / distance + kStepTolerance)) + 1;
}

ParameterValue Dimension::Point(std::uint64_t index) const {
  if (!values.empty()) return values[index];
  const double distance = type == ParameterType::kInt && step == 0 ? 1 : step;
  return MakeNumber(type, std::min(max, min + distance * static_cast<double>(index)));
}

ParameterValue Dimension::At(double place) const {
  place = std::clamp(place, 0.0, 1.0);
  const std::optional<std::uint64_t> count = PointCount();
  if (!values.empty() || (count && scale == Scale::kLinear)) {
    const auto index = static_cast<std::uint64_t>(place * static_cast<double>(*count));
    return Point(std::min(index, *count - 1));
  }
  const double low = Spread(scale, min);
  const double high = Spread(scale, max);
  const double spread = low + place * (high - low);
  const double number = std::clamp(scale == Scale::kLog ? std::exp(spread) : spread, min, max);
  if (!count) return MakeNumber(type, number);
  const double distance = type == ParameterType::kInt && step == 0 ? 1 : step;
  const auto index = static_cast<std::uint64_t>(std::llround((number - min) / distance));
  return Point(std::min(index, *count - 1));
}

std::optional<double> Dimension::PlaceOf(const ParameterValue& value) const {
  if (!Check(value).ok()) return std::nullopt;
  if (!values.empty()) {
    const auto found = std::find(values.begin(), values.end(), value);
    const auto index = static_cast<double>(found - values.begin());
    // The middle of the point's share of [0, 1].
    return (index + 0.5) / static_cast<double>(values.size());
  }
  const double low = Spread(scale, min);
  const double high = Spread(scale, max);
  if (high <= low) return 0.5;
  return (Spread(scale, *ToNumber(value)) - low) / (high - low);
}

std::string Dimension::AllowedInWords() const {
  if (!values.empty()) {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text += i + 1 == values.size() ? " or " : ", ";
      text += ToString(values[i]);
    }
    return text;
  }
  std::string text = fmt::format("{} from {} to {}", Name(type), min, max);
  if (step != 0) text += fmt::format(" in steps of {}", step);
  return text;
}

absl::Status Dimension::Check(const ParameterValue& value) const {
  const auto refuse = [&] {
    return Error(absl::StatusCode::kInvalidArgument, "{}: {} is not allowed; allowed: {}", name,
                 ToString(value), AllowedInWords());
  };
  if (TypeOf(value) != type) return refuse();
  if (!values.empty()) {
    if (std::find(values.begin(), values.end(), value) == values.end()) return refuse();
    return absl::OkStatus();
  }
  const double number = *ToNumber(value);
  if (!(number >= min && number <= max)) return refuse();
  if (step != 0) {
    const double steps = (number - min) / step;
    if (std::abs(steps - std::round(steps)) > kStepTolerance * std::max(1.0, std::abs(steps))) {
      return refuse();
    }
  }
  return absl::OkStatus();
}

}  // namespace trimtab
