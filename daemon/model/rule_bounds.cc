// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/rule_bounds.h"

#include <cmath>
#include <map>
#include <optional>

namespace trimtab {
namespace {

// What is taken from a continuum, as a share of it, is more than rounding.
constexpr double kRounding = 1e-9;

struct Extreme {
  double sum = 0;
  double magnitude = 0;
};

// Where the sum over the ranges is least, or most; one term left out.
Extreme At(const RuleLine& line, const std::vector<ValueRange>& ranges, bool least,
           const RuleLine::Term* without = nullptr) {
  Extreme extreme{line.constant, std::abs(line.constant)};
  for (const RuleLine::Term& term : line.terms) {
    if (&term == without) continue;
    const ValueRange& range = ranges[term.axis];
    const double part = term.factor * ((term.factor > 0) == least ? range.low() : range.high());
    extreme.sum += part;
    extreme.magnitude += std::abs(part);
  }
  return extreme;
}

bool BoundsAbove(Rule::Comparison comparison) {
  return comparison == Rule::Comparison::kLess || comparison == Rule::Comparison::kLessEqual ||
         comparison == Rule::Comparison::kEqual;
}

bool BoundsBelow(Rule::Comparison comparison) {
  return comparison == Rule::Comparison::kEqual || !BoundsAbove(comparison);
}

// The one of the two sides of a rule.
Rule::Comparison Side(Rule::Comparison comparison, bool above) {
  if (comparison != Rule::Comparison::kEqual) return comparison;
  return above ? Rule::Comparison::kLessEqual : Rule::Comparison::kGreaterEqual;
}

// A rule as `sum <= 0`, or as `sum < 0`.
struct Below {
  std::map<std::size_t, double> factors;
  double constant = 0;
  bool strict = false;
};

std::vector<Below> AsBelow(const RuleLine& line) {
  std::vector<Below> result;
  for (const bool above : {true, false}) {
    if (!(above ? BoundsAbove(line.comparison) : BoundsBelow(line.comparison))) continue;
    const double sign = above ? 1 : -1;
    Below below{{}, sign * line.constant, false};
    for (const RuleLine::Term& term : line.terms) below.factors[term.axis] = sign * term.factor;
    below.strict =
        line.comparison == Rule::Comparison::kLess || line.comparison == Rule::Comparison::kGreater;
    result.push_back(std::move(below));
  }
  return result;
}

// Whether the sum of both, each so often that `axis` falls out, can't be below 0.
bool SumStaysAbove(const Below& a, const Below& b, std::size_t axis,
                   const std::vector<ValueRange>& ranges) {
  const double of_a = std::abs(b.factors.at(axis));
  const double of_b = std::abs(a.factors.at(axis));
  struct Pair {
    double sum = 0;
    double magnitude = 0;
  };
  std::map<std::size_t, Pair> factors;
  const auto add = [&](const Below& each, double times) {
    for (const auto& [other, factor] : each.factors) {
      factors[other].sum += times * factor;
      factors[other].magnitude += std::abs(times * factor);
    }
  };
  add(a, of_a);
  add(b, of_b);
  double least = of_a * a.constant + of_b * b.constant;
  double magnitude = std::abs(of_a * a.constant) + std::abs(of_b * b.constant);
  for (const auto& [other, factor] : factors) {
    if (other == axis || std::abs(factor.sum) <= 1e-12 * factor.magnitude) continue;
    const double part = factor.sum * (factor.sum > 0 ? ranges[other].low() : ranges[other].high());
    least += part;
    magnitude += std::abs(part);
  }
  const bool strict = a.strict || b.strict;
  return !Rule::Compares(strict ? Rule::Comparison::kLess : Rule::Comparison::kLessEqual, least,
                         magnitude);
}

}  // namespace

ValueRange::ValueRange(const Dimension& dimension)
    : dimension_(&dimension), low_(dimension.min), high_(dimension.max) {
  const std::optional<std::uint64_t> count = dimension.PointCount();
  finite_ = count.has_value();
  const bool numbers = dimension.type != ParameterType::kCategorical;
  if (finite_ && numbers) last_ = static_cast<std::int64_t>(*count) - 1;
}

double ValueRange::Number(std::int64_t index) const {
  return *ToNumber(dimension_->Point(static_cast<std::uint64_t>(index)));
}

ValueRange ValueRange::LowerHalf() const {
  ValueRange half = *this;
  half.last_ = first_ + (last_ - first_) / 2;
  return half;
}

ValueRange ValueRange::UpperHalf() const {
  ValueRange half = *this;
  half.first_ = first_ + (last_ - first_) / 2 + 1;
  return half;
}

bool ValueRange::CutAbove(const std::function<bool(double)>& allowed) {
  if (allowed(Number(last_))) return false;
  std::int64_t good = first_ - 1;
  std::int64_t bad = last_;
  while (bad - good > 1) {
    const std::int64_t middle = good + (bad - good) / 2;
    (allowed(Number(middle)) ? good : bad) = middle;
  }
  last_ = good;
  return true;
}

bool ValueRange::CutBelow(const std::function<bool(double)>& allowed) {
  if (allowed(Number(first_))) return false;
  std::int64_t bad = first_;
  std::int64_t good = last_ + 1;
  while (good - bad > 1) {
    const std::int64_t middle = bad + (good - bad) / 2;
    (allowed(Number(middle)) ? good : bad) = middle;
  }
  first_ = good;
  return true;
}

bool ValueRange::CutAbove(double number) {
  number += kRounding * (std::abs(number) + dimension_->max - dimension_->min);
  if (!(number < high_ - kRounding * (dimension_->max - dimension_->min))) return false;
  high_ = number;
  return true;
}

bool ValueRange::CutBelow(double number) {
  number -= kRounding * (std::abs(number) + dimension_->max - dimension_->min);
  if (!(number > low_ + kRounding * (dimension_->max - dimension_->min))) return false;
  low_ = number;
  return true;
}

RuleLine::RuleLine(const Rule& rule, const SearchSpace& space)
    : constant(rule.constant()), comparison(rule.comparison()) {
  for (const Rule::Term& term : rule.terms()) {
    for (std::size_t axis = 0; axis < space.dimensions().size(); ++axis) {
      const bool named = space.dimensions()[axis].name == term.parameter;
      if (named && term.factor != 0) terms.push_back({axis, term.factor});
    }
  }
}

std::pair<double, double> RuleLine::Reach(const std::vector<ValueRange>& ranges) const {
  return {At(*this, ranges, true).sum, At(*this, ranges, false).sum};
}

bool RuleLine::CanHold(const std::vector<ValueRange>& ranges) const {
  for (const bool above : {true, false}) {
    if (!(above ? BoundsAbove(comparison) : BoundsBelow(comparison))) continue;
    const Extreme best = At(*this, ranges, above);
    if (!Rule::Compares(Side(comparison, above), best.sum, best.magnitude)) return false;
  }
  return true;
}

bool RuleLine::AlwaysHolds(const std::vector<ValueRange>& ranges) const {
  for (const bool above : {true, false}) {
    if (!(above ? BoundsAbove(comparison) : BoundsBelow(comparison))) continue;
    const Extreme worst = At(*this, ranges, !above);
    if (!Rule::Compares(Side(comparison, above), worst.sum, worst.magnitude)) return false;
  }
  return true;
}

bool Narrow(const RuleLine& line, const RuleLine::Term& term, std::vector<ValueRange>& ranges) {
  ValueRange& range = ranges[term.axis];
  bool moved = false;
  for (const bool above : {true, false}) {
    if (!(above ? BoundsAbove(line.comparison) : BoundsBelow(line.comparison))) continue;
    if (range.empty()) break;
    const Extreme rest = At(line, ranges, above, &term);
    const bool cut_above = above == (term.factor > 0);
    if (!range.finite()) {
      const double number = -rest.sum / term.factor;
      moved = (cut_above ? range.CutAbove(number) : range.CutBelow(number)) || moved;
      continue;
    }
    const auto allowed = [&](double number) {
      const double part = term.factor * number;
      return Rule::Compares(Side(line.comparison, above), rest.sum + part,
                            rest.magnitude + std::abs(part));
    };
    moved = (cut_above ? range.CutAbove(allowed) : range.CutBelow(allowed)) || moved;
  }
  return moved;
}

bool SumIsImpossible(const RuleLine& a, const RuleLine& b, const std::vector<ValueRange>& ranges) {
  for (const Below& one : AsBelow(a)) {
    for (const Below& other : AsBelow(b)) {
      for (const auto& [axis, factor] : one.factors) {
        const auto shared = other.factors.find(axis);
        if (shared == other.factors.end() || (factor > 0) == (shared->second > 0)) continue;
        if (SumStaysAbove(one, other, axis, ranges)) return true;
      }
    }
  }
  return false;
}

}  // namespace trimtab
