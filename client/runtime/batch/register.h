// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/host.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "client/runtime/batch/item_batcher.h"
#include "client/runtime/parameter_range.h"

namespace trimtab::runtime {

// What a tuner may do to a batcher, and how its parameters are named. The name
// "batch_size" has a field of its own in the protocol. The ranges grow to hold
// what is in force.
struct BatchParameters {
  std::string size_name = "batch_size";
  std::string linger_name = "batch_linger_ms";
  std::int64_t min_size = 1;
  std::int64_t max_size = 10'000;
  std::int64_t min_linger_ms = 0;
  std::int64_t max_linger_ms = 1'000;
};

// Makes both limits of `batcher` parameters of `host`, which begin with what is
// in force; a linger is shown in whole milliseconds. Before host.Start();
// `batcher` must outlive `host`.
template <typename Item, typename Answer>
void RegisterParameters(host::TunableHost& host, ItemBatcher<Item, Answer>& batcher,
                        const BatchParameters& parameters = {}) {
  const BatchStats stats = batcher.stats();
  host.AddInt(
      parameters.size_name,
      Ranged({parameters.min_size, parameters.max_size}, stats.size, "items", "items of a batch"),
      [&batcher](std::int64_t size) { return batcher.Resize(size); });
  host.AddInt(
      parameters.linger_name,
      Ranged({parameters.min_linger_ms, parameters.max_linger_ms},
             std::chrono::duration_cast<std::chrono::milliseconds>(stats.linger).count(), "ms",
             "how long a batch waits for more items after its first"),
      [&batcher](std::int64_t ms) { return batcher.SetLinger(std::chrono::milliseconds(ms)); });
}

}  // namespace trimtab::runtime
