// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "client/runtime/benchmark/result.h"

namespace trimtab::benchmark {

// Results as JSON, with a format's name and version; what is derived (averages,
// percentiles, throughput) is written for readers, and computed anew when read
// back. Units are in the names.
std::string ToJson(const std::vector<Result>& results);

// Reads them back. INVALID_ARGUMENT says what is wrong: not JSON, another
// format or version, a member that is missing, of another type or out of range,
// counts that contradict each other.
absl::StatusOr<std::vector<Result>> FromJson(const std::string& text);

}  // namespace trimtab::benchmark
