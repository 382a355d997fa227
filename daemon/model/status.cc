// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/status.h"

namespace trimtab {

std::string_view Name(TunerState state) {
  static constexpr std::array<std::string_view, kTunerStateCount> kNames = {
      "connecting", "baseline", "settling", "measuring", "validating", "awaiting_approval",
      "holding",    "paused",   "frozen",   "host_lost", "stopped",
  };
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace trimtab
