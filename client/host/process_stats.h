// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace trimtab::host {

// What the kernel says of this process; nothing where it doesn't.
struct ProcessStats {
  // CPU time used since the start, in seconds.
  std::optional<double> cpu_seconds;
  std::optional<double> resident_bytes;
  // Bytes in and out over all interfaces of the process's network namespace,
  // loopback included: the kernel doesn't count by process.
  std::optional<double> network_bytes;
};

ProcessStats ReadProcessStats();

}  // namespace trimtab::host
