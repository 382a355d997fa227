// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "daemon/access/role.h"

namespace trimtab {

// The role that a call needs, by its path as in "/trimtab.v1.TunerService/GetStatus".
// Nothing for a call that isn't known: it is nobody's.
std::optional<Role> RequiredRole(std::string_view path);

// Whether a call changes anything.
bool Mutates(std::string_view path);

}  // namespace trimtab
