// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include "client/runtime/concurrency/worker_pool.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// Which items of a MapInOrder are taken and which are done. Thread-safe.
class MapProgress {
 public:
  // `work` does an item, or settles it with why it is dropped, and doesn't
  // throw; it isn't called after WorkAndAwaitEnd() has returned. The pool must
  // outlive this.
  MapProgress(std::size_t items, WorkerPool& pool, TaskOptions options,
              std::function<void(std::size_t item, const absl::Status& dropped)> work);

  // Queues a task that does one item, then queues itself again. False when the
  // pool refuses.
  bool Help(const std::shared_ptr<MapProgress>& self);
  // Does items until none is left to begin, then waits for those under way.
  void WorkAndAwaitEnd();

 private:
  // Does one item; false when none is left.
  bool DoNext();

  const std::size_t items_;
  WorkerPool& pool_;
  const TaskOptions options_;
  const std::function<void(std::size_t, const absl::Status&)> work_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
  Mutex mutex_;
  CondVar all_done_;
};

}  // namespace trimtab::runtime
