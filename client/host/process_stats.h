// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/clock.h"

namespace trimtab::host {

// What this process has used so far; a field is missing where the system
// doesn't tell.
struct ProcessStats {
  // CPU time of all threads since the process began.
  std::optional<Duration> cpu;
  // Resident memory, now.
  std::optional<std::uint64_t> memory_bytes;
  // Bytes in and out since the machine began, of every interface in the
  // process's network namespace, loopback included: Linux doesn't count traffic
  // by process. Bytes that the host sends to itself over loopback are counted
  // in both directions.
  std::optional<std::uint64_t> network_bytes;
};

// Reads them: CPU from the process's CPU clock, which is the sum of user and
// system time of /proc/self/stat in nanoseconds instead of ticks of 10 ms; the
// rest from /proc/self. Some tens of microseconds.
ProcessStats ReadProcessStats();

// The second field of /proc/self/statm in bytes.
std::optional<std::uint64_t> ParseResidentBytes(const std::string& statm, std::uint64_t page_bytes);
// The sum of the received and sent bytes of /proc/self/net/dev.
std::optional<std::uint64_t> ParseNetworkBytes(const std::string& net_dev);

}  // namespace trimtab::host
