// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "client/runtime/concurrency/map_progress.h"
#include "client/runtime/concurrency/result_of.h"
#include "client/runtime/concurrency/worker_pool.h"

namespace trimtab::runtime {

struct MapOptions {
  // Items worked on at once, the caller's own thread included; from 1.
  std::int64_t concurrency = 10;
  // For all items; what hasn't begun by `task.deadline`, or when a stop is
  // requested, isn't begun.
  TaskOptions task = {};
};

// Calls `f` for every input, at most so many at once, on the pool's workers and
// on the calling thread, and returns the results in the order of the inputs: as
// many as there are inputs, each a value or an error (those of Future::Get).
// INVALID_ARGUMENT for each when `options` makes no sense.
//
// Returns when all are done. The caller works too, so a full pool makes it
// slower but not fail, and it may itself be a task of the pool. After each item
// a worker goes back to the queue, so that more urgent tasks and a smaller pool
// needn't wait for the end. `f` is called by several threads at once.
template <typename T, typename F>
auto MapInOrder(WorkerPool& pool, std::span<const T> inputs, F f, const MapOptions& options = {})
    -> std::vector<typename ResultOf<std::invoke_result_t<F&, const T&>>::Type> {
  using R = typename ResultOf<std::invoke_result_t<F&, const T&>>::Type;
  if (options.concurrency < 1) {
    return std::vector<R>(inputs.size(), R(absl::InvalidArgumentError("concurrency is below 1")));
  }
  std::vector<std::optional<R>> results(inputs.size());
  // Shared with tasks that come after all is done, which touch nothing else.
  auto progress = std::make_shared<MapProgress>(
      inputs.size(), pool, options.task,
      [&results, &inputs, &f](std::size_t i, const absl::Status& dropped) {
        if (dropped.ok()) {
          results[i].emplace(CallForResult(f, inputs[i]));
        } else {
          results[i].emplace(dropped);
        }
      });
  const auto helpers = std::min(static_cast<std::size_t>(options.concurrency), inputs.size());
  for (std::size_t i = 1; i < helpers; ++i) {
    if (!progress->Help(progress)) break;
  }
  progress->WorkAndAwaitEnd();
  std::vector<R> all;
  all.reserve(results.size());
  for (std::optional<R>& result : results) all.push_back(*std::move(result));
  return all;
}

}  // namespace trimtab::runtime
