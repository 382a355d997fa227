// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace trimtab {

// The Prometheus base unit of a parameter: how its metric's name ends, and what
// a value is multiplied with.
struct BaseUnit {
  // "seconds", "bytes", "ratio"; "value" for counts and unknown units.
  std::string_view suffix;
  double factor = 1;
};

// By the unit that the host states ("ms", "MiB", "%", "retries"), or where it
// states none by the end of the name (`timeout_ms`).
BaseUnit BaseUnitOf(std::string_view unit, std::string_view name);

}  // namespace trimtab
