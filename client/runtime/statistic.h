// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace trimtab::runtime {

// One number that a part tells about itself, in the terms of a metrics
// exporter. Names follow Prometheus: base units, `_total` for what only grows.
struct Statistic {
  enum class Kind { kCounter, kGauge };

  // Both live as long as the process.
  std::string_view name;
  std::string_view help;
  Kind kind = Kind::kGauge;
  double value = 0;
};

}  // namespace trimtab::runtime
