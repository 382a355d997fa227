// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/points/ruled.h"

#include <algorithm>
#include <cmath>

namespace trimtab::search {
namespace {

// Below this share of a rule's reach a strict inequality is taken as missed.
constexpr double kStrict = 1e-9;

// The points of a dimension on both sides of `number`; that number itself in a
// continuum.
std::vector<ParameterValue> Around(const Dimension& dimension, double number) {
  if (!dimension.values.empty()) {
    const auto above =
        std::find_if(dimension.values.begin(), dimension.values.end(),
                     [&](const ParameterValue& v) { return *ToNumber(v) >= number; });
    std::vector<ParameterValue> result;
    if (above != dimension.values.end()) result.push_back(*above);
    if (above != dimension.values.begin()) result.push_back(*(above - 1));
    return result;
  }
  const std::optional<std::uint64_t> count = dimension.PointCount();
  if (!count) return {std::clamp(number, dimension.min, dimension.max)};
  if (*count == 1) return {dimension.Point(0)};
  const double last = static_cast<double>(*count - 1);
  const double distance = dimension.step > 0 ? dimension.step : 1;
  const double below = std::floor(std::clamp((number - dimension.min) / distance, 0.0, last));
  return {dimension.Point(static_cast<std::uint64_t>(below)),
          dimension.Point(static_cast<std::uint64_t>(std::min(last, below + 1)))};
}

}  // namespace

Ruled::Ruled(const Encoder& encoder) : encoder_(encoder) {
  const std::vector<Dimension>& dimensions = encoder.space().dimensions();
  const auto d = static_cast<Eigen::Index>(dimensions.size());
  for (const Rule& rule : encoder.space().rules()) {
    Line line{Eigen::RowVectorXd::Zero(d), rule.constant(), rule.comparison()};
    double reach = std::abs(line.constant);
    for (const Rule::Term& term : rule.terms()) {
      for (std::size_t k = 0; k < dimensions.size(); ++k) {
        if (dimensions[k].name != term.parameter) continue;
        line.factors[static_cast<Eigen::Index>(k)] = term.factor;
        const auto ends = Around(dimensions[k], INFINITY);
        const auto begins = Around(dimensions[k], -INFINITY);
        reach += std::abs(term.factor) *
                 std::max(std::abs(*ToNumber(ends.front())), std::abs(*ToNumber(begins.front())));
      }
    }
    if (reach > 0) line.reach = reach;
    lines_.push_back(std::move(line));
  }
  for (std::size_t k = 0; k < dimensions.size(); ++k) {
    const bool named = std::any_of(lines_.begin(), lines_.end(), [k](const Line& line) {
      return line.factors[static_cast<Eigen::Index>(k)] != 0;
    });
    if (named) named_.push_back(k);
  }
}

Eigen::RowVectorXd Ruled::Numbers(const Eigen::RowVectorXd& row) const {
  Eigen::RowVectorXd numbers = Eigen::RowVectorXd::Zero(row.size());
  for (const std::size_t k : named_) {
    const auto cell = static_cast<Eigen::Index>(k);
    numbers[cell] = encoder_.NumberAt(k, row[cell]);
  }
  return numbers;
}

bool Ruled::Holds(const Line& line, const Eigen::RowVectorXd& numbers) {
  const double magnitude =
      std::abs(line.constant) + line.factors.cwiseProduct(numbers).cwiseAbs().sum();
  return Rule::Compares(line.comparison, line.constant + line.factors.dot(numbers), magnitude);
}

bool Ruled::AllHold(const Eigen::RowVectorXd& numbers) const {
  return std::all_of(lines_.begin(), lines_.end(),
                     [&](const Line& line) { return Holds(line, numbers); });
}

bool Ruled::Holds(const Eigen::RowVectorXd& row) const { return AllHold(Numbers(row)); }

double Ruled::Miss(const Eigen::RowVectorXd& numbers) const {
  double miss = 0;
  for (const Line& line : lines_) {
    const double sum = (line.constant + line.factors.dot(numbers)) / line.reach;
    double off = 0;
    switch (line.comparison) {
      case Rule::Comparison::kLess:
        off = std::max(0.0, sum + kStrict);
        break;
      case Rule::Comparison::kLessEqual:
        off = std::max(0.0, sum);
        break;
      case Rule::Comparison::kEqual:
        off = sum;
        break;
      case Rule::Comparison::kGreaterEqual:
        off = std::max(0.0, -sum);
        break;
      case Rule::Comparison::kGreater:
        off = std::max(0.0, kStrict - sum);
        break;
    }
    miss += off * off;
  }
  return miss;
}

std::vector<ParameterValue> Ruled::Turns(std::size_t axis, Eigen::RowVectorXd numbers) const {
  const Dimension& dimension = encoder_.space().dimensions()[axis];
  const auto cell = static_cast<Eigen::Index>(axis);
  std::vector<double> turns;
  double low = INFINITY;
  double high = -INFINITY;
  for (const Line& line : lines_) {
    const double factor = line.factors[cell];
    if (factor == 0) continue;
    const double rest = line.constant + line.factors.dot(numbers) - factor * numbers[cell];
    const double margin = 2 * kStrict * line.reach / factor;
    for (const double side : {-1.0, 0.0, 1.0}) turns.push_back(-rest / factor + side * margin);
    low = std::min(low, turns.back());
    high = std::max(high, turns.back());
  }
  // Where rules contradict each other the least miss, a convex function, lies
  // between them.
  constexpr int kThirds = 40;
  for (int i = 0; i < kThirds && high > low; ++i) {
    const double third = (high - low) / 3;
    numbers[cell] = low + third;
    const double left = Miss(numbers);
    numbers[cell] = high - third;
    if (left < Miss(numbers)) {
      high -= third;
    } else {
      low += third;
    }
  }
  turns.push_back((low + high) / 2);
  std::vector<ParameterValue> values;
  for (const double turn : turns) {
    for (ParameterValue& value : Around(dimension, turn)) values.push_back(std::move(value));
  }
  return values;
}

std::optional<Eigen::RowVectorXd> Ruled::Repair(Eigen::RowVectorXd row, Random& random) const {
  constexpr int kSweeps = 30;
  Eigen::RowVectorXd numbers = Numbers(row);
  double least = Miss(numbers);
  const auto set = [&](std::size_t axis, const ParameterValue& value) {
    const auto cell = static_cast<Eigen::Index>(axis);
    row[cell] = encoder_.CellOf(axis, value);
    // What the coordinate stands for, rounding included.
    numbers[cell] = encoder_.NumberAt(axis, row[cell]);
  };
  // Moves one parameter; true when the rules are missed by less then.
  const auto move = [&](std::size_t axis) {
    const Eigen::RowVectorXd before = row;
    const Eigen::RowVectorXd numbers_before = numbers;
    Eigen::RowVectorXd best = row;
    const double was = least;
    for (const ParameterValue& value : Turns(axis, numbers)) {
      set(axis, value);
      const double miss = Miss(numbers);
      if (miss < least) {
        least = miss;
        best = row;
      }
      row = before;
      numbers = numbers_before;
    }
    row = best;
    numbers = Numbers(row);
    return least < was;
  };
  std::vector<std::size_t> order = named_;
  for (int sweep = 0; sweep < kSweeps && !AllHold(numbers); ++sweep) {
    for (std::size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[random.Next() % i]);
    }
    bool moved = false;
    for (const std::size_t k : order) moved = move(k) || moved;
    if (moved) continue;
    // What no single parameter mends two may: one goes where some rule wants it,
    // the other follows.
    for (std::size_t i = 0; i < order.size() && !moved; ++i) {
      const Eigen::RowVectorXd before = row;
      for (const ParameterValue& value : Turns(order[i], numbers)) {
        for (const std::size_t k : order) {
          if (moved || k == order[i]) continue;
          set(order[i], value);
          moved = move(k);
          if (moved) break;
          row = before;
          numbers = Numbers(row);
        }
        if (moved) break;
      }
    }
    if (!moved) break;
  }
  if (!AllHold(numbers)) return std::nullopt;
  return row;
}

Eigen::RowVectorXd Ruled::Stir(Eigen::RowVectorXd row, Random& random) const {
  constexpr int kTries = 60;
  Eigen::RowVectorXd numbers = Numbers(row);
  for (std::size_t k = 0; k < encoder_.axes().size(); ++k) {
    const auto cell = static_cast<Eigen::Index>(k);
    const Axis& axis = encoder_.axes()[k];
    const bool ordered = axis.kind == Axis::Kind::kOrdered;
    const double here = row[cell];
    const double number = numbers[cell];
    double low = 0;
    double high = 1;
    for (int tries = 0; tries < kTries; ++tries) {
      const double place = encoder_.SnapCell(k, low + (high - low) * random.Uniform());
      numbers[cell] = encoder_.NumberAt(k, place);
      row[cell] = place;
      if (place == here || AllHold(numbers)) break;
      row[cell] = here;
      numbers[cell] = number;
      // The share of a level reaches to both sides of its middle.
      const double half = axis.levels > 0 ? 0.5 / axis.levels : 0;
      const double middle = axis.levels > 1 ? half + place * (1 - 2 * half) : place;
      if (ordered) (place < here ? low : high) = middle + (place < here ? half : -half);
    }
  }
  return row;
}

}  // namespace trimtab::search
