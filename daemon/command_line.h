// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "daemon/settings/settings.h"

namespace trimtab {

// trimtabd's exit code for a wrong command line and for wrong settings.
inline constexpr int kExitBadSettings = 2;

// What trimtabd is called with.
struct Arguments {
  std::string config;
  // Each over its setting, where not empty.
  std::string host;
  std::string store;
  std::string api;
  std::string metrics;
  std::string health;
  bool watch_config = false;
  // A service that --probe asks for; empty: no probe.
  std::string probe;
};

// Returns the exit code when there is nothing more to do: help or the version
// was asked for and printed, or the command line is wrong, which it says on
// standard error.
std::optional<int> ParseArguments(int argc, const char* const* argv, Arguments* arguments);

// The settings with the command line over them; nothing, with the mistakes in
// `errors`, one a line, when they are wrong.
std::optional<Settings> LoadOverridden(const Arguments& arguments, std::string* errors);

}  // namespace trimtab
