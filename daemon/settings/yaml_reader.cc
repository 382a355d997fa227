// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/yaml_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "daemon/settings/scalar.h"

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

}  // namespace

YamlReader::YamlReader(const YAML::Node& node, std::string path, Reading& reading)
    : path_(std::move(path)), reading_(reading) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap()) {
    reading_.Add({path_, node.Mark().line + 1, node.Mark().column + 1,
                  node.IsScalar() ? node.Scalar() : "", "must be a mapping of keys to values"});
    return;
  }
  node_.reset(node);
  for (const auto& each : node) {
    if (!each.first.IsScalar() || each.first.Scalar().empty()) {
      reading_.Add({path_, each.first.Mark().line + 1, each.first.Mark().column + 1, "",
                    "has a key that is no name"});
      continue;
    }
    const std::string& key = each.first.Scalar();
    if (!places_.emplace(key, entries_.size()).second) {
      Fail(key, each.first, "is given twice");
      continue;
    }
    if (HasTag(each.second)) {
      Fail(key, each.second, "has the tag " + each.second.Tag() + "; settings have none");
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

YAML::Node YamlReader::Take(const std::string& key, KnownSetting::Kind kind) {
  KnownSetting setting;
  setting.kind = kind;
  return Find(key, std::move(setting));
}

YAML::Node YamlReader::Find(const std::string& key, KnownSetting setting) {
  setting.path = PathOf(key);
  reading_.known.push_back(std::move(setting));
  asked_.push_back(key);
  const auto place = places_.find(key);
  if (place == places_.end()) return YAML::Node(YAML::NodeType::Undefined);
  Entry& entry = entries_[place->second];
  entry.known = true;
  return entry.value;
}

void YamlReader::PassOver() {
  for (Entry& entry : entries_) entry.known = true;
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
  reading_.Add({PathOf(key), mark.line + 1, mark.column + 1, node.IsScalar() ? node.Scalar() : "",
                std::move(message)});
}

void YamlReader::FailAt(const std::string& path, std::string message) {
  Fail(path, NodeAt(path), std::move(message));
}

void YamlReader::WarnAt(const std::string& path, std::string message) {
  const YAML::Node node = NodeAt(path);
  reading_.warnings.push_back({PathOf(path), node.Mark().line + 1, node.Mark().column + 1,
                               node.IsScalar() ? node.Scalar() : "", std::move(message)});
}

YAML::Node YamlReader::NodeAt(const std::string& path) const {
  YAML::Node node = node_;
  for (std::size_t begin = 0; begin <= path.size() && node.IsMap();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const YAML::Node child = std::as_const(node)[path.substr(begin, end - begin)];
    if (!child.IsDefined()) break;
    // Assigning would write into the document.
    node.reset(child);
    begin = end + 1;
  }
  return node;
}

std::optional<std::string> YamlReader::Scalar(const std::string& key, KnownSetting setting,
                                              const std::string& allowed, YAML::Node* node) {
  *node = Find(key, std::move(setting));
  if (!node->IsDefined()) return std::nullopt;
  if (!node->IsScalar()) {
    Fail(key, *node,
         (node->IsNull() ? "has no value; must be a single value, " : "must be a single value, ") +
             allowed);
    return std::nullopt;
  }
  return node->Scalar();
}

void YamlReader::FailValue(const std::string& key, const YAML::Node& node,
                           const std::string& allowed) {
  Fail(key, node, "must be " + allowed + WhyNotNumber(node));
}

void YamlReader::ReadNumber(const std::string& key, KnownSetting::Value by_default, double& target,
                            double min, double max) {
  KnownSetting setting{.kind = KnownSetting::Kind::kNumber, .min = min, .max = max};
  setting.by_default = std::move(by_default);
  const std::string allowed = fmt::format("a number from {} to {}", min, max);
  YAML::Node node;
  if (!Scalar(key, std::move(setting), allowed, &node)) return;
  const std::optional<double> value = ScalarNumber(node);
  if (!value || *value < min || *value > max) return FailValue(key, node, allowed);
  target = *value;
}

void YamlReader::Number(const std::string& key, double& target, double min, double max) {
  ReadNumber(key, target, target, min, max);
}

void YamlReader::Number(const std::string& key, std::optional<double>& target, double min,
                        double max) {
  double value = std::numeric_limits<double>::quiet_NaN();
  ReadNumber(key, {}, value, min, max);
  if (!std::isnan(value)) target = value;
}

void YamlReader::Percent(const std::string& key, double& ratio, double min, double max) {
  double percent = ratio * 100;
  Number(key, percent, min, max);
  ratio = percent / 100;
}

std::optional<std::int64_t> YamlReader::ReadInteger(const std::string& key, std::int64_t by_default,
                                                    std::int64_t min, std::int64_t max) {
  KnownSetting setting{.kind = KnownSetting::Kind::kInteger, .min = min, .max = max};
  setting.by_default = by_default;
  const std::string allowed = fmt::format("a whole number from {} to {}", min, max);
  YAML::Node node;
  if (!Scalar(key, std::move(setting), allowed, &node)) return std::nullopt;
  const std::optional<std::int64_t> value = ScalarInteger(node);
  if (!value || *value < min || *value > max) {
    FailValue(key, node, allowed);
    return std::nullopt;
  }
  return value;
}

void YamlReader::Milliseconds(const std::string& key, Duration& target, std::int64_t min,
                              std::int64_t max) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(target).count();
  const auto value = ReadInteger(key, now, min, max);
  if (value) target = std::chrono::milliseconds(*value);
}

void YamlReader::Bool(const std::string& key, bool& target) {
  YAML::Node node;
  const KnownSetting setting{.kind = KnownSetting::Kind::kBool, .by_default = target};
  if (!Scalar(key, setting, "true or false", &node)) return;
  const std::optional<bool> value = ScalarBool(node);
  if (!value) return FailValue(key, node, "true or false");
  target = *value;
}

void YamlReader::Text(const std::string& key, std::string& target) {
  KnownSetting setting{.kind = KnownSetting::Kind::kText};
  if (!target.empty()) setting.by_default = target;
  YAML::Node node;
  const std::optional<std::string> value = Scalar(key, std::move(setting), "a text", &node);
  if (!value) return;
  if (value->empty()) return Fail(key, node, "must not be empty");
  target = *value;
}

void YamlReader::Texts(const std::string& key, std::vector<std::string>& target) {
  const YAML::Node node = Take(key, KnownSetting::Kind::kList);
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
  KnownSetting setting{.kind = KnownSetting::Kind::kAddress};
  if (!target.empty()) setting.by_default = target;
  constexpr const char* kAllowed = "HOST:PORT with a port from 0 to 65535, or unix:PATH";
  YAML::Node node;
  const std::optional<std::string> value = Scalar(key, std::move(setting), kAllowed, &node);
  if (!value) return;
  const std::size_t colon = value->rfind(':');
  const bool socket = value->rfind("unix:", 0) == 0 && value->size() > 5;
  const auto port = colon == std::string::npos || colon == 0 ? std::nullopt
                                                             : ParseWhole(value->substr(colon + 1));
  if (!socket && (!port || *port < 0 || *port > 65535)) {
    return Fail(key, node, std::string("must be ") + kAllowed);
  }
  target = *value;
}

void YamlReader::Choice(const std::string& key, const std::vector<std::string>& allowed,
                        std::string& target) {
  ReadChoice(key, {.allowed = allowed, .by_default = target}, target);
}

void YamlReader::Choice(const std::string& key, const std::vector<std::string>& allowed,
                        const std::function<void(const std::string&)>& take) {
  std::string word;
  ReadChoice(key, {.allowed = allowed}, word);
  if (!word.empty()) take(word);
}

void YamlReader::ReadChoice(const std::string& key, KnownSetting setting, std::string& target) {
  setting.kind = KnownSetting::Kind::kChoice;
  const std::vector<std::string> allowed = setting.allowed;
  const std::string words = fmt::format("one of: {}", fmt::join(allowed, ", "));
  YAML::Node node;
  const std::optional<std::string> value = Scalar(key, std::move(setting), words, &node);
  if (!value) return;
  if (std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
    return Fail(key, node, "must be " + words);
  }
  target = *value;
}

}  // namespace trimtab
