// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>

#include "daemon/base/clock.h"

namespace trimtab::runtime {

inline constexpr std::int64_t kMaxBatchSize = 1'000'000;
inline constexpr Duration kMaxBatchLinger = std::chrono::hours(1);
inline constexpr std::int64_t kMaxWaitingWeight = 1'000'000'000;
inline constexpr int kMaxBatchThreads = 256;

struct BatchOptions {
  // A batch is handed over once the weights of its items are so much together,
  // from 1; an item weighs 1 unless it says otherwise.
  std::int64_t size = 100;
  // ... or so long after its first item, if that is sooner. From zero: a batch
  // is then what came while the threads were busy.
  Duration linger = std::chrono::milliseconds(10);
  // Weight of the items that wait to be handed over, at most, but for one batch
  // that may always wait; more are refused. From 1.
  std::int64_t max_waiting = 100'000;
  // Batches handled at once, from 1. With one, batches are handled in the order
  // of their items.
  int threads = 1;
  // Null for the machine's own. Must outlive the batcher.
  Clock* clock = nullptr;
};

// INVALID_ARGUMENT with all that is wrong.
absl::Status CheckBatchOptions(const BatchOptions& options);
// INVALID_ARGUMENT if it is out of range.
absl::Status CheckBatchSize(std::int64_t size);
absl::Status CheckBatchLinger(Duration linger);
absl::Status CheckBatchWeight(std::int64_t weight);

}  // namespace trimtab::runtime
