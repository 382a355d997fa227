// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/model/configuration.h"

namespace trimtab {

// One call that changed something, or was meant to: who, what, before, after and
// how it ended.
struct AuditEntry {
  // Ascending from 1; given by the log.
  std::int64_t id = 0;
  WallTime made_at;
  // As in "uid:0", and the role that the caller had.
  std::string caller;
  std::string role;
  // As in "PinConfiguration", and its request in words.
  std::string call;
  std::string request;
  // Name of the loop's state and the host's configuration.
  std::string state_before;
  std::string state_after;
  Configuration config_before;
  Configuration config_after;
  // The canonical code's name, "OK" for a call that was carried out, and the
  // error's message.
  std::string outcome;
  std::string message;
  // The call was let in.
  bool admitted = true;
};

}  // namespace trimtab
