// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/runtime/benchmark/load.h"
#include "daemon/base/clock.h"
#include "daemon/base/random.h"

namespace trimtab::benchmark {

// The moments at which the requests of an open loop are due, drawn beforehand
// and kept to whatever becomes of the requests: a stalled target finds them all
// waiting, and each waits in its own latency. (Gil Tene calls the mistake of
// not doing so coordinated omission.) The same seed gives the same gaps. Not
// thread-safe.
class Arrivals {
 public:
  // `load` must be an open loop without mistakes. The first request of a
  // constant rate is due at `start`.
  Arrivals(const Load& load, MonotonicTime start)
      : load_(load), start_(start), random_(load.seed) {}

  // Never before the one before.
  MonotonicTime Next();

 private:
  const Load load_;
  const MonotonicTime start_;
  Random random_;
  // In seconds since the start; of a constant rate the number is kept instead,
  // so that rounding doesn't add up.
  double since_start_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace trimtab::benchmark
