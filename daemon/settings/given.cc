// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/given.h"

#include <set>
#include <string_view>
#include <vector>

#include "daemon/settings/settings.h"

namespace trimtab {
namespace {

// No setting lies deeper; a document may refer to itself.
constexpr int kDeepest = 5;

void Flatten(const YAML::Node& node, const std::string& path, int depth,
             std::map<std::string, std::string>& given) {
  if (depth > kDeepest) return;
  if (node.IsMap()) {
    for (const auto& each : node) {
      if (!each.first.IsScalar()) continue;
      Flatten(each.second, path.empty() ? each.first.Scalar() : path + "." + each.first.Scalar(),
              depth + 1, given);
    }
  } else if (node.IsSequence()) {
    std::string& text = given[path];
    for (const YAML::Node& each : node) {
      text += text.empty() ? "[" : ", ";
      text += each.IsScalar() ? each.Scalar() : "...";
    }
    text += text.empty() ? "[]" : "]";
  } else if (node.IsScalar()) {
    given[path] = node.Scalar();
  }
}

// Names of files, callers and tokens; a token itself where someone took its file's
// place for it.
bool Private(std::string_view path) {
  return path.starts_with("api.") || path.find(".tls.") != std::string_view::npos;
}

}  // namespace

std::map<std::string, std::string> Given(const YAML::Node& document) {
  std::map<std::string, std::string> given;
  Flatten(document, "", 0, given);
  return given;
}

std::vector<std::string> Changes(const Settings& before, const Settings& after) {
  std::set<std::string> paths;
  for (const Settings* each : {&before, &after}) {
    for (const auto& [path, value] : each->given) paths.insert(path);
  }
  std::vector<std::string> changes;
  for (const std::string& path : paths) {
    const auto old_value = before.given.find(path);
    const auto new_value = after.given.find(path);
    const std::string from = old_value == before.given.end() ? "by default" : old_value->second;
    const std::string to = new_value == after.given.end() ? "by default" : new_value->second;
    if (from == to) continue;
    changes.push_back(Private(path) ? path : path + ": " + from + " -> " + to);
  }
  return changes;
}

}  // namespace trimtab
