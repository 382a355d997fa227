// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace trimtab {

// What a caller may do; each may do what those before it may.
enum class Role { kNone, kViewer, kOperator, kAdmin };

inline const char* Name(Role role) {
  constexpr const char* kNames[] = {"none", "viewer", "operator", "admin"};
  return kNames[static_cast<int>(role)];
}

// Who calls: "uid:1000", "certificate:NAME", "token:NAME" or "nobody".
struct Caller {
  std::string name = "nobody";
  Role role = Role::kNone;
};

}  // namespace trimtab
