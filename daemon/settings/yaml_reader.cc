// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/yaml_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace trimtab {
namespace {

// Letters that differ between two words (Levenshtein, Soviet Physics Doklady
// 10, 1966).
std::size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

template <typename T>
std::optional<T> Whole(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

// Quoted text is text, whatever it looks like.
bool Quoted(const YAML::Node& node) { return node.Tag() == "!"; }

}  // namespace

std::optional<std::int64_t> ScalarInteger(const YAML::Node& node) {
  if (!node.IsScalar() || Quoted(node)) return std::nullopt;
  return Whole<std::int64_t>(node.Scalar());
}

std::optional<double> ScalarNumber(const YAML::Node& node) {
  if (!node.IsScalar() || Quoted(node)) return std::nullopt;
  const std::optional<double> value = Whole<double>(node.Scalar());
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return value;
}

std::optional<bool> ScalarBool(const YAML::Node& node) {
  if (!node.IsScalar() || Quoted(node)) return std::nullopt;
  if (node.Scalar() == "true") return true;
  if (node.Scalar() == "false") return false;
  return std::nullopt;
}

YamlReader::YamlReader(const YAML::Node& node, std::string path, std::vector<SettingsError>& errors)
    : path_(std::move(path)), errors_(errors) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap()) {
    errors_.push_back({path_, node.Mark().line + 1, node.Mark().column + 1, "",
                       "must be a mapping of keys to values"});
    return;
  }
  for (const auto& each : node) {
    const std::string key = each.first.IsScalar() ? each.first.Scalar() : "";
    const auto same = [&key](const Entry& entry) { return entry.key == key; };
    if (std::any_of(entries_.begin(), entries_.end(), same)) {
      Fail(key, each.first, "is given twice");
      continue;
    }
    entries_.push_back({key, each.first, each.second, false});
  }
}

YamlReader::~YamlReader() {
  for (const Entry& entry : entries_) {
    if (entry.known) continue;
    std::string message = "is not a setting";
    for (const std::string& name : asked_) {
      if (Distance(entry.key, name) <= 2) message += fmt::format("; did you mean '{}'?", name);
    }
    message += fmt::format(" (allowed here: {})", fmt::join(asked_, ", "));
    Fail(entry.key, entry.key_node, message);
  }
}

YAML::Node YamlReader::Take(const std::string& key) {
  asked_.push_back(key);
  for (Entry& entry : entries_) {
    if (entry.key != key) continue;
    entry.known = true;
    return entry.value;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

std::vector<std::string> YamlReader::Keys() const {
  std::vector<std::string> keys;
  for (const Entry& entry : entries_) keys.push_back(entry.key);
  return keys;
}

std::string YamlReader::PathOf(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

void YamlReader::Fail(const std::string& key, const YAML::Node& node, std::string message) {
  const YAML::Mark mark = node.Mark();
  errors_.push_back({PathOf(key), mark.line + 1, mark.column + 1,
                     node.IsScalar() ? node.Scalar() : "", std::move(message)});
}

std::optional<std::string> YamlReader::Scalar(const std::string& key, YAML::Node* node) {
  *node = Take(key);
  if (!node->IsDefined()) return std::nullopt;
  if (!node->IsScalar()) {
    Fail(key, *node, "must be a single value");
    return std::nullopt;
  }
  return node->Scalar();
}

void YamlReader::Number(const std::string& key, double& target, double min, double max) {
  YAML::Node node;
  if (!Scalar(key, &node)) return;
  const std::optional<double> value = ScalarNumber(node);
  if (!value || *value < min || *value > max) {
    Fail(key, node, fmt::format("must be a number from {} to {}", min, max));
    return;
  }
  target = *value;
}

void YamlReader::Number(const std::string& key, std::optional<double>& target, double min,
                        double max) {
  double value = std::numeric_limits<double>::quiet_NaN();
  Number(key, value, min, max);
  if (!std::isnan(value)) target = value;
}

void YamlReader::Percent(const std::string& key, double& ratio, double min, double max) {
  double percent = ratio * 100;
  Number(key, percent, min, max);
  ratio = percent / 100;
}

std::optional<std::int64_t> YamlReader::ReadInteger(const std::string& key, std::int64_t min,
                                                    std::int64_t max) {
  YAML::Node node;
  if (!Scalar(key, &node)) return std::nullopt;
  const std::optional<std::int64_t> value = ScalarInteger(node);
  if (!value || *value < min || *value > max) {
    Fail(key, node, fmt::format("must be a whole number from {} to {}", min, max));
    return std::nullopt;
  }
  return value;
}

void YamlReader::Milliseconds(const std::string& key, Duration& target, std::int64_t min,
                              std::int64_t max) {
  if (const auto value = ReadInteger(key, min, max)) target = std::chrono::milliseconds(*value);
}

void YamlReader::Bool(const std::string& key, bool& target) {
  YAML::Node node;
  if (!Scalar(key, &node)) return;
  const std::optional<bool> value = ScalarBool(node);
  if (!value) return Fail(key, node, "must be true or false");
  target = *value;
}

void YamlReader::Text(const std::string& key, std::string& target) {
  YAML::Node node;
  const std::optional<std::string> value = Scalar(key, &node);
  if (!value) return;
  if (value->empty()) return Fail(key, node, "must not be empty");
  target = *value;
}

void YamlReader::Texts(const std::string& key, std::vector<std::string>& target) {
  const YAML::Node node = Take(key);
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsSequence()) return Fail(key, node, "must be a list");
  for (const YAML::Node& each : node) {
    if (each.IsScalar() && !each.Scalar().empty()) {
      target.push_back(each.Scalar());
    } else {
      Fail(key, each, "must hold texts that are not empty");
    }
  }
}

void YamlReader::Address(const std::string& key, std::string& target) {
  YAML::Node node;
  const std::optional<std::string> value = Scalar(key, &node);
  if (!value) return;
  const std::size_t colon = value->rfind(':');
  const bool socket = value->rfind("unix:", 0) == 0 && value->size() > 5;
  const auto port = colon == std::string::npos || colon == 0
                        ? std::nullopt
                        : Whole<std::int64_t>(value->substr(colon + 1));
  if (!socket && (!port || *port < 0 || *port > 65535)) {
    return Fail(key, node, "must be HOST:PORT with a port from 0 to 65535, or unix:PATH");
  }
  target = *value;
}

void YamlReader::Choice(const std::string& key, const std::vector<std::string>& allowed,
                        const std::function<void(std::size_t)>& take) {
  YAML::Node node;
  const std::optional<std::string> value = Scalar(key, &node);
  if (!value) return;
  const auto found = std::find(allowed.begin(), allowed.end(), *value);
  if (found == allowed.end()) {
    return Fail(key, node, fmt::format("must be one of: {}", fmt::join(allowed, ", ")));
  }
  take(static_cast<std::size_t>(found - allowed.begin()));
}

}  // namespace trimtab
