// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/settings/reading.h"

namespace trimtab {

// Reads one mapping key by key and collects every mistake: a value of the wrong
// type or out of range, a key given twice, and at the end each key that nobody
// asked for. A key that is absent leaves the target as it is. Every key asked for
// is told as a known setting, with the target's value as its default.
class YamlReader {
 public:
  // `node` undefined or null: an empty mapping. `reading` must outlive this.
  YamlReader(const YAML::Node& node, std::string path, Reading& reading);
  // Complains of the keys that were not read.
  ~YamlReader();
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  // The value of a key, now known; undefined when absent.
  YAML::Node Take(const std::string& key, KnownSetting::Kind kind = KnownSetting::Kind::kMapping);
  std::vector<std::string> Keys() const;
  // No key that wasn't read is complained of.
  void PassOver();

  void Number(const std::string& key, double& target, double min, double max);
  void Number(const std::string& key, std::optional<double>& target, double min, double max);
  // Given in percent, kept as a ratio.
  void Percent(const std::string& key, double& ratio, double min, double max);
  template <typename Int>
  void Integer(const std::string& key, Int& target, std::int64_t min, std::int64_t max) {
    const auto value = ReadInteger(key, static_cast<std::int64_t>(target), min, max);
    if (value) target = static_cast<Int>(*value);
  }
  void Milliseconds(const std::string& key, Duration& target, std::int64_t min, std::int64_t max);
  void Bool(const std::string& key, bool& target);
  void Text(const std::string& key, std::string& target);
  // A list of texts, none of them empty.
  void Texts(const std::string& key, std::vector<std::string>& target);
  // "HOST:PORT" or "unix:PATH".
  void Address(const std::string& key, std::string& target);
  // One of the words allowed.
  void Choice(const std::string& key, const std::vector<std::string>& allowed, std::string& target);
  // The words are those of the enumeration's values, in order.
  template <typename Enum>
  void Choice(const std::string& key, const std::vector<std::string>& allowed, Enum& target) {
    std::string word = allowed.at(static_cast<std::size_t>(target));
    Choice(key, allowed, word);
    for (std::size_t i = 0; i < allowed.size(); ++i) {
      if (allowed[i] == word) target = static_cast<Enum>(i);
    }
  }
  // Without a default.
  void Choice(const std::string& key, const std::vector<std::string>& allowed,
              const std::function<void(const std::string&)>& take);

  void Fail(const std::string& key, const YAML::Node& node, std::string message);
  // The same of the value that stands at the key, or as far along a path such as
  // "tuning.lease_ms" as there is something.
  void FailAt(const std::string& path, std::string message);
  // The same of what is no mistake.
  void WarnAt(const std::string& path, std::string message);
  std::string PathOf(const std::string& key) const;

 private:
  std::optional<std::int64_t> ReadInteger(const std::string& key, std::int64_t by_default,
                                          std::int64_t min, std::int64_t max);
  // Nothing, with the default told, when the key is absent. `setting` needs no
  // path; `allowed` in words.
  std::optional<std::string> Scalar(const std::string& key, KnownSetting setting,
                                    const std::string& allowed, YAML::Node* node);
  // Of a value that isn't what is allowed, with why where it looks as if it were.
  void FailValue(const std::string& key, const YAML::Node& node, const std::string& allowed);
  YAML::Node NodeAt(const std::string& path) const;
  YAML::Node Find(const std::string& key, KnownSetting setting);
  void ReadNumber(const std::string& key, KnownSetting::Value by_default, double& target,
                  double min, double max);
  void ReadChoice(const std::string& key, KnownSetting setting, std::string& target);

  struct Entry {
    std::string key;
    YAML::Node key_node;
    YAML::Node value;
    bool known = false;
  };
  std::string path_;
  Reading& reading_;
  // The mapping itself; null where there is none.
  YAML::Node node_;
  std::vector<Entry> entries_;
  // By key.
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<std::string> asked_;
};

}  // namespace trimtab
