// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "daemon/base/random.h"
#include "daemon/search/surrogate/slice_sampler.h"
#include "tests/bench/search/problem.h"

namespace trimtab::bench {
namespace {

using search::StandardNormal;

constexpr double kMostRows = 3000;
constexpr const char* kNames[] = {"additive", "interacting", "cliff",
                                  "plateau",  "heavy_tail",  "irrelevant"};
enum Family { kAdditive, kInteracting, kCliff, kPlateau, kHeavyTail, kIrrelevant, kFamilies };

Dimension DrawDimension(int index, int most_levels, Random& random) {
  Dimension dimension;
  dimension.name = fmt::format("p{}", index);
  const double kind = random.Uniform();
  if (kind < 0.25) {
    dimension.type = ParameterType::kBool;
    dimension.values = {false, true};
  } else if (kind < 0.45) {
    dimension.type = ParameterType::kCategorical;
    const int levels = 3 + static_cast<int>(random.Next() % 3);
    for (int i = 0; i < levels; ++i) dimension.values.emplace_back(fmt::format("c{}", i));
  } else {
    const auto levels = 3 + static_cast<std::int64_t>(random.Next() % (most_levels - 2));
    for (std::int64_t i = 0; i < levels; ++i) dimension.values.emplace_back(std::int64_t{1} << i);
  }
  return dimension;
}

std::vector<Dimension> DrawDimensions(Family family, Random& random) {
  const bool many = family == kIrrelevant;
  const int count = static_cast<int>(many ? 8 + random.Next() % 3 : 3 + random.Next() % 5);
  std::vector<Dimension> dimensions;
  double rows = 1;
  for (int k = 0; k < count; ++k) {
    Dimension dimension = DrawDimension(k, many ? 3 : 8, random);
    if (rows * static_cast<double>(dimension.values.size()) > kMostRows) {
      if (rows * 2 > kMostRows) break;
      dimension = {.name = dimension.name, .type = ParameterType::kBool, .values = {false, true}};
    }
    rows *= static_cast<double>(dimension.values.size());
    dimensions.push_back(std::move(dimension));
  }
  return dimensions;
}

// How one parameter acts by itself, a value a level: monotone, with an optimum
// inside, wavy, or without order.
std::vector<double> DrawShape(const Dimension& dimension, Random& random) {
  const bool number = dimension.type == ParameterType::kInt;
  const double center = random.Uniform();
  const bool up = random.Uniform() < 0.5;
  const double kind = random.Uniform();
  std::vector<double> shape;
  for (std::size_t i = 0; i < dimension.values.size(); ++i) {
    const double x = static_cast<double>(i) / static_cast<double>(dimension.values.size() - 1);
    if (!number) {
      shape.push_back(StandardNormal(random));
    } else if (kind < 0.4) {
      shape.push_back(1.5 * (up ? x : 1 - x));
    } else if (kind < 0.7) {
      shape.push_back(3 * (x - center) * (x - center));
    } else {
      shape.push_back(0.8 * std::sin(6 * (x + center)));
    }
  }
  return shape;
}

struct Interaction {
  std::size_t a;
  std::size_t b;
  double weight;
};

// Median 0 and the quartiles 1 apart.
void Normalise(std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size();
  double scale = sorted[n * 3 / 4] - sorted[n / 4];
  if (!(scale > 0)) scale = 1;
  for (double& value : values) value = (value - sorted[n / 2]) / scale;
}

double Shape(Family family, double z, double own) {
  if (family == kPlateau) z = std::max(z, -0.35) + 0.3 * std::min(0.0, z + 0.9);
  if (family == kHeavyTail)
    return 20 * std::exp(0.7 * std::min(12.0, z > 0 ? z + 4 * z * z * z : z));
  return 100 * std::exp(0.35 * z + 0.01 * own);
}

Problem Draw(Family family, int index, double quantile) {
  Random random(1000 * static_cast<std::uint64_t>(family) + static_cast<std::uint64_t>(index) + 17);
  Problem problem;
  problem.group = kNames[family];
  problem.name = fmt::format("{}/{}", problem.group, index);
  std::vector<Dimension> dimensions = DrawDimensions(family, random);
  const std::size_t d = dimensions.size();
  std::vector<std::vector<double>> shapes;
  std::vector<double> weights;
  for (std::size_t k = 0; k < d; ++k) {
    const double weight = std::exp(StandardNormal(random));
    weights.push_back(family == kIrrelevant && k >= 3 ? 0.01 : weight);
    shapes.push_back(DrawShape(dimensions[k], random));
  }
  std::vector<Interaction> interactions;
  const double strength = family == kAdditive ? 0 : family == kInteracting ? 1 : 0.4;
  for (std::size_t i = 0; i < 2 * d; ++i) {
    Interaction each{random.Next() % d, random.Next() % d, 0};
    each.weight = strength * std::sqrt(weights[each.a] * weights[each.b]) * StandardNormal(random);
    if (each.a != each.b) interactions.push_back(each);
  }
  const std::size_t up = random.Next() % d;
  const std::size_t down = random.Next() % d;
  const double up_from = random.Uniform();
  const double down_to = 0.7 * random.Uniform();

  problem.space = SearchSpace::Create(dimensions).value();
  const std::uint64_t rows = *problem.space.PointCount();
  std::vector<double> second;
  for (std::uint64_t row = 0; row < rows; ++row) {
    std::vector<int> level(d);
    std::uint64_t rest = row;
    for (std::size_t k = d; k-- > 0;) {
      level[k] = static_cast<int>(rest % dimensions[k].values.size());
      rest /= dimensions[k].values.size();
    }
    const auto at = [&](std::size_t k) { return shapes[k][static_cast<std::size_t>(level[k])]; };
    const auto part = [&](std::size_t k) {
      return level[k] / static_cast<double>(dimensions[k].values.size());
    };
    double value = 0;
    double other = 0;
    for (std::size_t k = 0; k < d; ++k) {
      value += weights[k] * at(k);
      other += (k % 2 == 1 ? 1 : -1) * weights[(k + 1) % d] * at(k);
    }
    for (const Interaction& each : interactions) value += each.weight * at(each.a) * at(each.b);
    if (family == kCliff) value += (part(up) > up_from ? 2 : 0) - (part(down) < down_to ? 1.5 : 0);
    problem.values.push_back(value);
    second.push_back(other);
    problem.levels.push_back(std::move(level));
  }
  Normalise(problem.values);
  for (double& value : problem.values) value = Shape(family, value, StandardNormal(random));
  if (quantile > 0) {
    Normalise(second);
    for (double& value : second) value = 50 * std::exp(0.5 * value);
    problem.limited = second;
    std::sort(second.begin(), second.end());
    problem.bound = {.metric = "limited",
                     .max = second[static_cast<std::size_t>(quantile * static_cast<double>(rows))]};
  }
  problem.Finish();
  return problem;
}

}  // namespace

std::vector<Problem> Families(int each, double quantile) {
  std::vector<Problem> problems;
  for (int family = 0; family < kFamilies; ++family) {
    for (int i = 0; i < each; ++i) {
      problems.push_back(Draw(static_cast<Family>(family), i, quantile));
    }
  }
  return problems;
}

}  // namespace trimtab::bench
