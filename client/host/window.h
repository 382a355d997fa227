// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "client/host/process_stats.h"
#include "client/host/recorder.h"
#include "daemon/base/clock.h"

namespace trimtab::host {

// One closed window, in sums that can be merged.
struct Window {
  std::int64_t sequence = 0;
  std::int64_t generation = 0;
  bool superseded = false;
  WallTime start;
  WallTime end;
  // By the monotonic clock.
  Duration length{};
  Totals totals;
  // The rest isn't known of superseded windows.
  std::optional<Duration> available;
  std::optional<Duration> cpu;
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::uint64_t> network_bytes;
  std::optional<Duration> uptime;
};

// What was used between two readings; a counter that went back, as after an
// interface was removed, is not known.
void SetUse(const ProcessStats& before, const ProcessStats& after, Window* window);

// Adds a later window of the same generation to `window`.
void Append(const Window& later, Window* window);

}  // namespace trimtab::host
