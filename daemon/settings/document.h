// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <vector>

#include "daemon/settings/settings.h"

namespace trimtab {

// The text of a settings file: a regular one that can be read, of 1 MiB at most.
// Otherwise the message says why not.
absl::StatusOr<std::string> ReadSettingsFile(const std::string& file);

// The one YAML document that a text holds. Nothing, with the mistake added to
// `errors`, where the text is not YAML in UTF-8 without control characters, holds
// nothing, or holds a second document, which would be cut off.
std::optional<YAML::Node> ParseDocument(const std::string& text,
                                        std::vector<SettingsError>& errors);

}  // namespace trimtab
