// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/host.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace trimtab::runtime {

// Values of a parameter that are to be tried, both ends included.
struct ParameterRange {
  std::int64_t min = 1;
  std::int64_t max = 0;
};

// A parameter whose range grows to hold its initial value.
inline host::IntParameter Ranged(ParameterRange range, std::int64_t initial, std::string unit,
                                 std::string description) {
  return {.min = std::min(range.min, initial),
          .max = std::max(range.max, initial),
          .initial = initial,
          .unit = std::move(unit),
          .description = std::move(description)};
}

}  // namespace trimtab::runtime
