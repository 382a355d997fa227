// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace trimtab::cli {

// Says whether trimtabd would take the settings file, and every mistake in it, for
// people or as one JSON object. kOk or kBadInput.
int Validate(const std::string& file, bool json);

}  // namespace trimtab::cli
