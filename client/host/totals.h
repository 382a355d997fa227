// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "client/host/histogram.h"
#include "trimtab/host.h"

namespace trimtab::host {

// What was counted of the requests of one generation over some stretch. Errors
// and timeouts are among the requests, and every request has its latency in the
// histogram. Not thread-safe.
struct Totals {
  std::int64_t requests = 0;
  std::int64_t errors = 0;
  std::int64_t timeouts = 0;
  // Of the requests that ended well.
  std::int64_t payload_bytes = 0;
  Histogram latency;

  void Record(std::uint64_t nanos, Outcome outcome, std::int64_t bytes);
  void Merge(const Totals& other);
};

}  // namespace trimtab::host
