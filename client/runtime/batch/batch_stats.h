// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "client/runtime/statistic.h"
#include "daemon/base/clock.h"

namespace trimtab::runtime {

// What a batcher did since its start, and what it holds. Never behind itself:
// added == answered + failed + waiting + handled_now.
struct BatchStats {
  // Items taken, and items refused because too many waited, it was shutting down
  // or their weight was out of range.
  std::int64_t added = 0;
  std::int64_t refused = 0;
  // Items that have their answer: the handler's, or an error because it threw or
  // didn't give one for every item.
  std::int64_t answered = 0;
  std::int64_t failed = 0;
  // Items that wait to be handed over, their weight, and items being handled.
  std::int64_t waiting = 0;
  std::int64_t waiting_weight = 0;
  std::int64_t handled_now = 0;
  // Batches closed by their size, by the time since their first item, and by
  // Flush() or the end.
  std::int64_t closed_by_size = 0;
  std::int64_t closed_by_linger = 0;
  std::int64_t closed_by_flush = 0;
  // Callbacks that threw.
  std::int64_t callback_exceptions = 0;
  // In force.
  std::int64_t size = 0;
  Duration linger = Duration::zero();

  std::int64_t batches() const { return closed_by_size + closed_by_linger + closed_by_flush; }
};

// For a metrics exporter.
std::vector<Statistic> Export(const BatchStats& stats);

}  // namespace trimtab::runtime
