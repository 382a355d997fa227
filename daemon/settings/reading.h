// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/settings/settings.h"

namespace trimtab {

// A setting that a reader asked for, with what it allows. What is described to
// others is made from this, so that it can't differ from what is read.
struct KnownSetting {
  // Nothing, a switch, a number or a text.
  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
  enum class Kind { kMapping, kList, kNumber, kInteger, kBool, kText, kAddress, kChoice };

  // As in "measure.min_windows"; "*" stands for a name of the operator's.
  std::string path;
  Kind kind = Kind::kMapping;
  // Of numbers.
  Value min;
  Value max;
  // Of a choice.
  std::vector<std::string> allowed;
  // What holds where the setting isn't given; none where nothing does.
  Value by_default;
};

// What comes of reading a document.
struct Reading {
  // The first ones; a file may hold a million.
  static constexpr std::size_t kMostErrors = 100;
  std::vector<SettingsError> errors;
  // All of them.
  std::size_t found = 0;
  std::vector<SettingsError> warnings;
  std::vector<KnownSetting> known;

  void Add(SettingsError error) {
    if (++found <= kMostErrors) errors.push_back(std::move(error));
  }
};

// Every setting that there is, in the order of reading.
std::vector<KnownSetting> KnownSettings();

}  // namespace trimtab
