// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

// Threads that run tasks from one bounded queue, in order. The number of
// threads changes while they work: a thread that is too many ends after its
// task; no task is lost or run twice. Thread-safe.
class WorkerPool {
 public:
  static constexpr std::int64_t kMaxThreads = 1024;

  WorkerPool(std::int64_t threads, std::size_t queue_limit);
  // Runs what is queued, then ends.
  ~WorkerPool();

  // False when the queue is full or the pool is ending; the task is not kept.
  bool Submit(std::function<void()> task);
  // INVALID_ARGUMENT outside 1 to kMaxThreads; nothing changes then.
  absl::Status Resize(std::int64_t threads);

 private:
  void Work();
  void StartUpTo() TRIMTAB_REQUIRES(mutex_);

  const std::size_t queue_limit_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> queue_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t wanted_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t running_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  bool ending_ TRIMTAB_GUARDED_BY(mutex_) = false;
};

}  // namespace trimtab::runtime
