// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/rule.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "daemon/base/error.h"

namespace trimtab {
namespace {

// Reads one rule from left to right.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  // Adds a side's terms, multiplied by `sign`.
  absl::Status Side(double sign, std::map<std::string, double>& terms, double& constant) {
    double term_sign = sign;
    if (Take('-')) term_sign = -sign;
    while (true) {
      if (absl::Status status = Term(term_sign, terms, constant); !status.ok()) return status;
      if (Take('+')) {
        term_sign = sign;
      } else if (Take('-')) {
        term_sign = -sign;
      } else {
        return absl::OkStatus();
      }
    }
  }

  std::optional<Rule::Comparison> Comparison() {
    if (Take("<=")) return Rule::Comparison::kLessEqual;
    if (Take(">=")) return Rule::Comparison::kGreaterEqual;
    if (Take("==")) return Rule::Comparison::kEqual;
    if (Take("<")) return Rule::Comparison::kLess;
    if (Take(">")) return Rule::Comparison::kGreater;
    return std::nullopt;
  }

  absl::Status Expected(const std::string& what) {
    SkipSpace();
    return Error(absl::StatusCode::kInvalidArgument, "rule '{}', column {}: expected {}",
                 std::string(text_), at_ + 1, what);
  }

  bool AtEnd() {
    SkipSpace();
    return at_ == text_.size();
  }

 private:
  absl::Status Term(double sign, std::map<std::string, double>& terms, double& constant) {
    if (const std::optional<double> number = Number()) {
      if (!Take('*')) {
        constant += sign * *number;
        return absl::OkStatus();
      }
      sign *= *number;
    }
    const std::string name = Name();
    if (name.empty()) return Expected("a number or a parameter's name");
    terms[name] += sign;
    return absl::OkStatus();
  }

  std::optional<double> Number() {
    SkipSpace();
    if (at_ == text_.size() || !std::isdigit(static_cast<unsigned char>(text_[at_]))) {
      return std::nullopt;
    }
    double number = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
    at_ += static_cast<std::size_t>(end - begin);
    return number;
  }

  std::string Name() {
    SkipSpace();
    const std::size_t begin = at_;
    const auto fits = [this, begin](char c) {
      return std::islower(static_cast<unsigned char>(c)) ||
             (at_ > begin && (c == '_' || std::isdigit(static_cast<unsigned char>(c))));
    };
    while (at_ < text_.size() && fits(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool Take(char c) { return Take(std::string_view(&c, 1)); }

  bool Take(std::string_view token) {
    SkipSpace();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  void SkipSpace() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

absl::StatusOr<Rule> Rule::Parse(std::string_view text) {
  Parser parser(text);
  Rule rule;
  rule.text_ = std::string(text);
  std::map<std::string, double> terms;
  if (absl::Status status = parser.Side(1, terms, rule.constant_); !status.ok()) return status;
  const std::optional<Comparison> comparison = parser.Comparison();
  if (!comparison) return parser.Expected("one of <=, <, >=, >, ==, +, -");
  rule.comparison_ = *comparison;
  if (absl::Status status = parser.Side(-1, terms, rule.constant_); !status.ok()) return status;
  if (!parser.AtEnd()) return parser.Expected("+, - or the end of the rule");
  for (const auto& [name, factor] : terms) rule.terms_.push_back({factor, name});
  if (rule.terms_.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "rule '{}' names no parameter", rule.text_);
  }
  return rule;
}

bool Rule::Holds(const Configuration& configuration) const {
  double sum = constant_;
  double magnitude = std::abs(constant_);
  for (const Term& term : terms_) {
    const ParameterValue* value = configuration.Find(term.parameter);
    const std::optional<double> number = value ? ToNumber(*value) : std::nullopt;
    if (!number) return false;
    sum += term.factor * *number;
    magnitude += std::abs(term.factor * *number);
  }
  return Compares(comparison_, sum, magnitude);
}

bool Rule::Compares(Comparison comparison, double sum, double magnitude) {
  const double slack = magnitude * 1e-12;
  switch (comparison) {
    case Comparison::kLess:
      return sum < -slack;
    case Comparison::kLessEqual:
      return sum <= slack;
    case Comparison::kEqual:
      return std::abs(sum) <= slack;
    case Comparison::kGreaterEqual:
      return sum >= -slack;
    case Comparison::kGreater:
      return sum > slack;
  }
  return false;
}

std::vector<std::string> Rule::Parameters() const {
  std::vector<std::string> names;
  names.reserve(terms_.size());
  for (const Term& term : terms_) names.push_back(term.parameter);
  return names;
}

}  // namespace trimtab
