// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/model/configuration.h"
#include "daemon/model/status.h"

namespace trimtab {

// What a call may change: what the loop does, what it may do, and what the host
// runs with.
struct AuditedState {
  TunerState state = TunerState::kConnecting;
  TuningMode mode = TuningMode::kAuto;
  Configuration config;
  friend bool operator==(const AuditedState&, const AuditedState&) = default;
};

inline AuditedState Audited(const TunerStatus& status) {
  return {status.state, status.mode, status.config_in_force};
}

// One call that changed something, or was meant to: who, from where, what, before,
// after and how it ended.
struct AuditEntry {
  // Ascending from 1; given by the log.
  std::int64_t id = 0;
  // When it ended.
  WallTime made_at;
  // As in "uid:0"; "trimtabd" where a file changed, "kernel" for a signal that no
  // process sent. And the role that the caller had; empty where none was asked for.
  std::string caller;
  std::string role;
  // "unix", "tcp 127.0.0.1:41234", "tls 192.0.2.1:41234" (without the address for
  // one who sent too many requests), "signal from process 7", "signal" or "file".
  std::string peer;
  // As in "PinConfiguration", and what was asked in words.
  std::string call;
  std::string request;
  AuditedState before;
  AuditedState after;
  absl::StatusCode outcome = absl::StatusCode::kOk;
  // Of an error.
  std::string message;
  // How many refusals of one kind this stands for: it tells of the first.
  std::int64_t count = 1;
};

// Whether a call was refused and changed nothing.
inline bool IsRefusal(const AuditEntry& entry) {
  return entry.outcome != absl::StatusCode::kOk && entry.before == entry.after;
}

// What an audit log keeps: so many of the newest calls that were carried out and of
// those that were refused, and none that is older.
struct AuditRetention {
  int accepted = 10'000;
  int refused = 1'000;
  Duration max_age = std::chrono::hours(365 * 24);
  friend bool operator==(const AuditRetention&, const AuditRetention&) = default;
};

}  // namespace trimtab
