// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace trimtab::benchmark {

// Resident memory of a process in bytes, as the kernel counts it, shared pages
// included; 0 is this process. Nothing when there is no such process, or when
// it may not be read. Some microseconds.
std::optional<std::int64_t> ReadResidentBytes(int pid);

}  // namespace trimtab::benchmark
