// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace trimtab {

// The text with every byte that isn't part of well-formed UTF-8 replaced by
// '?': what comes from outside and goes into records and messages.
std::string ToUtf8(std::string_view text);

}  // namespace trimtab
