// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/model/window.h"

namespace trimtab {

// What a window may be used for.
enum class WindowJudgement {
  // Of the configuration in force: usable.
  kCurrent,
  // Of a configuration that is gone.
  kSuperseded,
  // Seen before, or out of order.
  kRepeated,
  // Of another process: the host restarted.
  kOtherBoot,
  // Of a generation that we don't know yet: somebody changed the configuration.
  kNewerGeneration,
};
// "current", "superseded", "repeated", "other_boot", "newer_generation".
const char* Name(WindowJudgement judgement);

// Judges one window against what is known of the host. `last_sequence` is of
// the same boot; 0 for none.
WindowJudgement Judge(const HostWindow& window, const std::string& boot_id, std::int64_t generation,
                      std::int64_t last_sequence);

}  // namespace trimtab
