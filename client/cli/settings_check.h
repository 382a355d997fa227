// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace trimtab::cli {

// Says whether trimtabd would take the settings file, and every mistake in it, or
// what in it has no effect, for people or as one JSON object. kOk, warnings or not,
// or kBadInput.
int Validate(const std::string& file, bool json);

}  // namespace trimtab::cli
