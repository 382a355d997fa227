// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "daemon/model/rule.h"
#include "daemon/model/search_space.h"

namespace trimtab {

// The numbers that a parameter may still have: a stretch of its points, or of its
// continuum. Refers to the dimension. A category has none, and no rule names it.
class ValueRange {
 public:
  explicit ValueRange(const Dimension& dimension);

  bool finite() const { return finite_; }
  bool empty() const { return finite_ ? first_ > last_ : low_ > high_; }
  bool single() const { return finite_ ? first_ == last_ : low_ == high_; }
  // Of points; finite ones only.
  std::int64_t count() const { return last_ - first_ + 1; }
  // Not of an empty range.
  double low() const { return finite_ ? Number(first_) : low_; }
  double high() const { return finite_ ? Number(last_) : high_; }
  // The lowest point of a finite range.
  ParameterValue value() const { return dimension_->Point(static_cast<std::uint64_t>(first_)); }

  // Of a finite range with more than one point.
  ValueRange LowerHalf() const;
  ValueRange UpperHalf() const;

  // Takes away above the last point, or below the first, that is allowed. `allowed`
  // is true of a stretch of points that goes to the other end, or of none. Whether
  // it took any. Of finite ranges.
  bool CutAbove(const std::function<bool(double)>& allowed);
  bool CutBelow(const std::function<bool(double)>& allowed);
  // Takes away what is above or below the number by more than rounding. Of a
  // continuum.
  bool CutAbove(double number);
  bool CutBelow(double number);

 private:
  double Number(std::int64_t index) const;

  const Dimension* dimension_;
  bool finite_ = true;
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
  double low_ = 0;
  double high_ = 0;
};

// A rule over the parameters of a space by their places in it.
struct RuleLine {
  struct Term {
    std::size_t axis = 0;
    double factor = 0;
  };

  // Every parameter of the rule is one of the space.
  RuleLine(const Rule& rule, const SearchSpace& space);

  // Least and most of left minus right over the ranges, none of them empty.
  std::pair<double, double> Reach(const std::vector<ValueRange>& ranges) const;
  // Whether it holds where all else is best for it; whether at every point.
  bool CanHold(const std::vector<ValueRange>& ranges) const;
  bool AlwaysHolds(const std::vector<ValueRange>& ranges) const;

  std::vector<Term> terms;
  double constant = 0;
  Rule::Comparison comparison = Rule::Comparison::kLessEqual;
};

// Takes from the range of a term's parameter what breaks the rule wherever the
// others are. Whether that changed it.
bool Narrow(const RuleLine& line, const RuleLine::Term& term, std::vector<ValueRange>& ranges);

// Whether two rules contradict each other whatever some parameter that both name
// is: it falls out of their sum (one step of Fourier's and Motzkin's elimination).
bool SumIsImpossible(const RuleLine& a, const RuleLine& b, const std::vector<ValueRange>& ranges);

}  // namespace trimtab
