// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/settings/settings.h"

namespace trimtab {

// Reads one mapping key by key and collects every mistake: a value of the wrong
// type or out of range, a key given twice, and at the end each key that nobody
// asked for. A key that is absent leaves the target as it is.
class YamlReader {
 public:
  // `node` undefined or null: an empty mapping. `errors` must outlive this.
  YamlReader(const YAML::Node& node, std::string path, std::vector<SettingsError>& errors);
  // Complains of the keys that were not read.
  ~YamlReader();
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  // The value of a key, now known; undefined when absent.
  YAML::Node Take(const std::string& key);
  std::vector<std::string> Keys() const;

  void Number(const std::string& key, double& target, double min, double max);
  void Number(const std::string& key, std::optional<double>& target, double min, double max);
  // Given in percent, kept as a ratio.
  void Percent(const std::string& key, double& ratio, double min, double max);
  template <typename Int>
  void Integer(const std::string& key, Int& target, std::int64_t min, std::int64_t max) {
    if (const auto value = ReadInteger(key, min, max)) target = static_cast<Int>(*value);
  }
  void Milliseconds(const std::string& key, Duration& target, std::int64_t min, std::int64_t max);
  void Bool(const std::string& key, bool& target);
  void Text(const std::string& key, std::string& target);
  // A list of texts, none of them empty.
  void Texts(const std::string& key, std::vector<std::string>& target);
  // "HOST:PORT" or "unix:PATH".
  void Address(const std::string& key, std::string& target);
  // The index of the word among those allowed.
  void Choice(const std::string& key, const std::vector<std::string>& allowed,
              const std::function<void(std::size_t)>& take);

  void Fail(const std::string& key, const YAML::Node& node, std::string message);
  std::string PathOf(const std::string& key) const;

 private:
  std::optional<std::int64_t> ReadInteger(const std::string& key, std::int64_t min,
                                          std::int64_t max);
  std::optional<std::string> Scalar(const std::string& key, YAML::Node* node);

  struct Entry {
    std::string key;
    YAML::Node key_node;
    YAML::Node value;
    bool known = false;
  };
  std::string path_;
  std::vector<SettingsError>& errors_;
  std::vector<Entry> entries_;
  std::vector<std::string> asked_;
};

// Whether a scalar, unquoted, is what YAML takes for a number or a switch.
std::optional<std::int64_t> ScalarInteger(const YAML::Node& node);
std::optional<double> ScalarNumber(const YAML::Node& node);
std::optional<bool> ScalarBool(const YAML::Node& node);

}  // namespace trimtab
