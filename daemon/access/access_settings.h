// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/access/role.h"

namespace trimtab {

// Who has a role.
struct RoleMembers {
  // Common names or subject alternative names.
  std::vector<std::string> certificates;
  // Of processes at the other end of a Unix socket.
  std::vector<std::uint32_t> uids;
  // By their names in AccessSettings::token_files.
  std::vector<std::string> tokens;
  friend bool operator==(const RoleMembers&, const RoleMembers&) = default;
};

// Who may do what, as the operator wrote it.
struct AccessSettings {
  std::map<Role, RoleMembers> roles;
  // Name of a token to the file that holds it.
  std::map<std::string, std::string> token_files;
  // Of who shows nothing, or nothing that has a role: kNone or kViewer.
  Role anonymous = Role::kNone;
  friend bool operator==(const AccessSettings&, const AccessSettings&) = default;
};

// What one caller may ask for. Callers are told apart by their names; all that
// are nobody share one allowance.
struct ApiLimits {
  int max_message_bytes = 4 * 1024 * 1024;
  // Streams open at the same time.
  int max_streams = 1000;
  // On average; as many may come at once.
  int requests_per_second = 20000;
  // A connection without a call is closed after so long.
  int idle_ms = 600'000;
  friend bool operator==(const ApiLimits&, const ApiLimits&) = default;
};

}  // namespace trimtab
