// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "client/demo/wire.h"
#include "daemon/base/random.h"

namespace trimtab::demo {

// What the demo's users ask for: lookups of many keys, some asked for far more
// often than others (Zipf's law), and writes now and then. Immutable once made,
// so that threads may share it.
class Workload {
 public:
  struct Request {
    Op op = Op::kGet;
    std::vector<std::uint32_t> keys;
    // What a write writes.
    std::uint32_t items = 0;
  };

  explicit Workload(double write_percent);

  Request Draw(Random& random) const;

 private:
  const double write_percent_;
  // Of the keys' weights, by rank.
  std::vector<double> cumulated_;
};

}  // namespace trimtab::demo
