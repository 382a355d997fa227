// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/clock.h"

namespace trimtab::benchmark {

// How far a run is.
struct Progress {
  bool warming_up = false;
  Duration elapsed{};
  // What it will be, as far as it is limited.
  std::optional<Duration> duration;
  std::optional<std::int64_t> count;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  // Of what was measured so far.
  std::optional<double> p99_ns;

  // 0 to 1; by the limit that will be reached first.
  double Share() const;
};

// One line of `width` columns at least 20, without its end:
//   measuring [#####---------]  36 %  3.6 s  12345 ok  0 failed  p99 1.23 ms
// What doesn't fit is left out from the right; the bar takes what is left.
std::string FormatProgress(const Progress& progress, std::size_t width);

}  // namespace trimtab::benchmark
