// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/configuration.h"

namespace trimtab {

// A linear inequality between parameters that every candidate must obey, such
// as `connection_pool_size >= 2 * thread_pool_size` or
// `batch_size + 100 <= cache_size`. A value type.
//
// Grammar: side (`<=` | `<` | `>=` | `>` | `==`) side, where a side is a sum of
// terms joined by `+` or `-`, and a term is a number, a parameter's name or
// `number * name`. Own parser: the grammar is a few lines, and the expression
// libraries on the platform (muParser, exprtk) allow far more than could be
// checked for sense here.
class Rule {
 public:
  enum class Comparison { kLess, kLessEqual, kEqual, kGreaterEqual, kGreater };
  struct Term {
    double factor = 0;
    std::string parameter;
    friend bool operator==(const Term&, const Term&) = default;
  };

  // INVALID_ARGUMENT with the column of the mistake and what was expected.
  static absl::StatusOr<Rule> Parse(std::string_view text);

  // Whether the rule holds. A rule over a parameter that the configuration
  // lacks, or that isn't a number there, does not hold.
  bool Holds(const Configuration& configuration) const;

  // Whether `sum` compares so with 0; `magnitude` is the sum of its terms' sizes,
  // of which rounding may have taken a little: `a == 2 * b` must not hang on it.
  static bool Compares(Comparison comparison, double sum, double magnitude);

  const std::string& text() const { return text_; }
  // The rule as: sum of the terms + constant() compared with 0.
  const std::vector<Term>& terms() const { return terms_; }
  double constant() const { return constant_; }
  Comparison comparison() const { return comparison_; }
  std::vector<std::string> Parameters() const;

  friend bool operator==(const Rule&, const Rule&) = default;

 private:
  std::vector<Term> terms_;
  double constant_ = 0;
  Comparison comparison_ = Comparison::kLessEqual;
  std::string text_;
};

}  // namespace trimtab
