// SPDX-License-Identifier: Apache-2.0
#include "client/host/totals.h"

#include <algorithm>

#include "client/host/saturated.h"

namespace trimtab::host {

void Totals::Record(std::uint64_t nanos, Outcome outcome, std::int64_t bytes) {
  ++requests;
  if (outcome == Outcome::kError) ++errors;
  if (outcome == Outcome::kTimeout) ++timeouts;
  if (outcome == Outcome::kOk) {
    payload_bytes = AddSaturated(payload_bytes, std::max<std::int64_t>(0, bytes));
  }
  latency.Record(nanos);
}

void Totals::Merge(const Totals& other) {
  requests += other.requests;
  errors += other.errors;
  timeouts += other.timeouts;
  payload_bytes = AddSaturated(payload_bytes, other.payload_bytes);
  latency.Merge(other.latency);
}

}  // namespace trimtab::host
