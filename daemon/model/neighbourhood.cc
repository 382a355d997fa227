// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/neighbourhood.h"

#include <cmath>
#include <utility>

namespace trimtab {
namespace {

// Slack for places that went through a logarithm.
constexpr double kPlaceTolerance = 1e-9;

// Whether its values have distances.
bool HasOrder(const Dimension& dimension) {
  return dimension.type == ParameterType::kInt || dimension.type == ParameterType::kDouble;
}

}  // namespace

Dimension Near(const Dimension& dimension, const ParameterValue& value, double reach) {
  const std::optional<double> center = dimension.PlaceOf(value);
  if (!center || !HasOrder(dimension)) return dimension;
  const auto near = [&](const ParameterValue& point) {
    return std::abs(*dimension.PlaceOf(point) - *center) <= reach + kPlaceTolerance;
  };
  Dimension part = dimension;
  if (!part.values.empty()) {
    std::erase_if(part.values, [&near](const ParameterValue& each) { return !near(each); });
    return part;
  }
  const std::optional<std::uint64_t> count = dimension.PointCount();
  if (!count) {
    part.min = *ToNumber(dimension.At(*center - reach));
    part.max = *ToNumber(dimension.At(*center + reach));
    return part;
  }
  if (*count == 1) return part;
  const double distance = dimension.step == 0 ? 1 : dimension.step;
  const auto own =
      static_cast<std::uint64_t>(std::llround((*ToNumber(value) - dimension.min) / distance));
  // Places ascend: the first near point of those up to the value's own, and the
  // last of those from it on.
  std::uint64_t first = 0;
  for (std::uint64_t end = own; first < end;) {
    const std::uint64_t middle = first + (end - first) / 2;
    if (near(dimension.Point(middle))) {
      end = middle;
    } else {
      first = middle + 1;
    }
  }
  std::uint64_t last = own;
  for (std::uint64_t end = *count; last + 1 < end;) {
    const std::uint64_t middle = last + (end - last) / 2;
    if (near(dimension.Point(middle))) {
      last = middle;
    } else {
      end = middle;
    }
  }
  part.min = *ToNumber(dimension.Point(first));
  part.max = *ToNumber(dimension.Point(last));
  return part;
}

SearchSpace Near(const SearchSpace& space, const Configuration& center, double reach) {
  std::vector<Dimension> dimensions = space.dimensions();
  for (Dimension& dimension : dimensions) {
    if (const ParameterValue* value = center.Find(dimension.name)) {
      dimension = Near(dimension, *value, reach);
    }
  }
  // Each dimension holds the value at least: what Create demands is kept.
  return SearchSpace::Create(std::move(dimensions), space.rules()).value();
}

double WidestGap(const Dimension& dimension) {
  const std::optional<std::uint64_t> count = dimension.PointCount();
  if (!HasOrder(dimension) || !count || *count < 2) return 0;
  // The points lie evenly, or on a logarithmic scale widest at the low end.
  return *dimension.PlaceOf(dimension.Point(1)) - *dimension.PlaceOf(dimension.Point(0));
}

}  // namespace trimtab
