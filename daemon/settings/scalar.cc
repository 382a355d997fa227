// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace trimtab {
namespace {

template <typename T>
std::optional<T> Parse(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

// Quoted text is text, whatever it looks like.
bool Quoted(const YAML::Node& node) { return node.Tag() == "!"; }

bool Plain(const YAML::Node& node) { return node.IsScalar() && !Quoted(node) && !HasTag(node); }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view WithoutSign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

// As in 010; 0 and 0.5 are as they should be.
bool HasLeadingZero(std::string_view text) {
  text = WithoutSign(text);
  return text.size() > 1 && text[0] == '0' && IsDigit(text[1]);
}

std::optional<double> Decimal(std::string_view text) {
  if (HasLeadingZero(text)) return std::nullopt;
  const std::optional<double> value = Parse<double>(text);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  // An integer that doesn't fit would lose digits.
  const bool whole = std::all_of(text.begin() + (text[0] == '-'), text.end(), IsDigit);
  if (whole && !Parse<std::int64_t>(text)) return std::nullopt;
  return value;
}

// Switches and infinities of YAML 1.1, in any case.
bool IsWordOfOld(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  constexpr std::array<std::string_view, 6> kSwitches = {"yes", "no", "on", "off", "true", "false"};
  constexpr std::array<std::string_view, 2> kNumbers = {".nan", ".inf"};
  return std::find(kSwitches.begin(), kSwitches.end(), text) != kSwitches.end() ||
         std::find(kNumbers.begin(), kNumbers.end(), WithoutSign(text)) != kNumbers.end();
}

// A number of YAML 1.1 or 1.2 that isn't one here: 0x1f, 0o17, 1_000, 1:30, +5,
// 1e999.
bool IsNumberOfOthers(std::string_view text) {
  text = WithoutSign(text);
  if (text.starts_with('.')) text.remove_prefix(1);
  if (text.empty() || !IsDigit(text[0])) return false;
  const bool based = text.starts_with("0x") || text.starts_with("0o") || text.starts_with("0b");
  const std::string_view allowed = based ? "0123456789abcdefABCDEF_" : "0123456789_:.eE+-";
  if (based) text.remove_prefix(2);
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

std::optional<std::int64_t> ParseWhole(std::string_view text) { return Parse<std::int64_t>(text); }

std::optional<std::int64_t> ScalarInteger(const YAML::Node& node) {
  if (!Plain(node) || HasLeadingZero(node.Scalar())) return std::nullopt;
  return ParseWhole(node.Scalar());
}

std::optional<double> ScalarNumber(const YAML::Node& node) {
  if (!Plain(node) || node.Scalar().empty()) return std::nullopt;
  return Decimal(node.Scalar());
}

std::optional<bool> ScalarBool(const YAML::Node& node) {
  if (!Plain(node)) return std::nullopt;
  if (node.Scalar() == "true") return true;
  if (node.Scalar() == "false") return false;
  return std::nullopt;
}

std::string WhyNotNumber(const YAML::Node& node) {
  if (!node.IsScalar() || HasTag(node) || node.Scalar().empty()) return "";
  const std::string& text = node.Scalar();
  if (Quoted(node)) {
    const bool other = text == "true" || text == "false" || Decimal(text);
    return other ? " (in quotes it is a text)" : "";
  }
  if (Decimal(text) || text == "true" || text == "false") return "";
  if (HasLeadingZero(text)) return " (with a leading zero it is octal to some readers of YAML)";
  if (IsWordOfOld(text)) return " (readers of YAML differ in what it is; a text has quotes)";
  if (IsNumberOfOthers(text)) {
    return " (numbers are decimal, such as 1000 or -2.5e3, and finite; a text has quotes)";
  }
  return "";
}

bool HasTag(const YAML::Node& node) {
  const std::string& tag = node.Tag();
  return !tag.empty() && tag != "?" && tag != "!";
}

}  // namespace trimtab
