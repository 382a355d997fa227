// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/runtime/concurrency/parking_spot.h"
#include "client/runtime/concurrency/resizable_threads.h"
#include "client/runtime/concurrency/spin_mutex.h"
#include "client/runtime/concurrency/task.h"
#include "client/runtime/concurrency/task_queue.h"
#include "client/runtime/statistic.h"
#include "daemon/base/clock.h"

namespace trimtab::runtime {

struct WorkerPoolOptions {
  // 1 to WorkerPool::kMaxThreads.
  std::int64_t threads = 1;
  // Tasks that wait at most, 1 to WorkerPool::kMaxQueue.
  std::int64_t queue_limit = 4096;
  // Shown by debuggers and `top`, cut to 15 characters.
  std::string name = "tt-worker";
  // Told, on the worker, what a task threw; may be empty.
  std::function<void(std::string_view what)> on_throw = {};
  // For deadlines; null for the machine's own. Must outlive the pool.
  Clock* clock = nullptr;
};

// Threads that run tasks from one bounded queue. Number of threads and length of
// the queue change while they work: a thread that is too many ends after its
// task, and a queue that is cut below what waits refuses until it has room. Every
// task that was accepted meets its fate exactly once: it runs, or it is dropped
// because it was cancelled or late. A dropped task keeps its place in the queue
// until a worker comes to it. A task that throws is counted and told about; the
// worker goes on.
//
// Thread-safe; tasks may submit tasks. The destructor runs what is queued, then
// ends. See future.h for results and map.h for results in order.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): it keeps cache lines apart.
class WorkerPool {
 public:
  static constexpr std::int64_t kMaxThreads = ResizableThreads::kMax;
  static constexpr std::int64_t kMaxQueue = std::int64_t{1} << 30;

  struct Stats {
    std::int64_t threads = 0;
    std::int64_t queue_limit = 0;
    // Tasks that wait now; workers that sleep now.
    std::int64_t queued = 0;
    std::int64_t sleeping = 0;
    // Of all time. A started task may have been dropped.
    std::int64_t accepted = 0;
    std::int64_t refused = 0;
    std::int64_t started = 0;
    std::int64_t cancelled = 0;
    std::int64_t expired = 0;
    std::int64_t threw = 0;
  };

  // INVALID_ARGUMENT names the option; RESOURCE_EXHAUSTED when the system gives
  // no more threads.
  static absl::StatusOr<std::unique_ptr<WorkerPool>> Create(WorkerPoolOptions options);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Queues a task. RESOURCE_EXHAUSTED when the queue is full; the task was
  // destroyed then. Never waits for a task. A callable of up to two pointers is
  // queued without an allocation.
  template <std::invocable F>
  absl::Status Submit(F task, const TaskOptions& options = {}) {
    return SubmitFated(
        [run = std::move(task)](Fate fate) mutable {
          if (fate == Fate::kRun) run();
        },
        options);
  }
  // The same for a task that wants to be told when it is dropped.
  absl::Status SubmitFated(FatedTask task, const TaskOptions& options = {});

  // Cancels all tasks that wait; returns how many.
  std::int64_t CancelQueued();

  // INVALID_ARGUMENT outside 1 to kMaxThreads, RESOURCE_EXHAUSTED when the system
  // gives no more threads; nothing changes then.
  absl::Status Resize(std::int64_t threads);
  // INVALID_ARGUMENT outside 1 to kMaxQueue; nothing changes then.
  absl::Status SetQueueLimit(std::int64_t limit);

  // Whether a task with this deadline would be dropped if its turn came now.
  bool Late(MonotonicTime deadline) const {
    return deadline != MonotonicTime::max() && clock_.Now() > deadline;
  }
  std::int64_t threads() const { return threads_.wanted(); }
  std::int64_t queue_limit() const { return queue_limit_.load(std::memory_order_relaxed); }
  Stats stats() const;
  std::vector<Statistic> Export() const;

 private:
  explicit WorkerPool(WorkerPoolOptions options);

  void Work(std::int64_t number);
  // Waits for a task; false when the worker is to end.
  bool Next(std::int64_t number, QueuedTask* task);
  void Run(QueuedTask& task);
  void Meet(FatedTask& task, Fate fate);
  // Chooses a sleeper to come for what is queued, unless one is on the way.
  ParkingSpot* Call() TRIMTAB_REQUIRES(mutex_);
  void WakeAll();
  void WatchQueue() const;
  ParkingSpot& Spot(std::int64_t number);

  const std::function<void(std::string_view)> on_throw_;
  Clock& clock_;
  std::atomic<std::int64_t> queue_limit_;
  std::atomic<std::int64_t> cancelled_{0};
  std::atomic<std::int64_t> expired_{0};
  std::atomic<std::int64_t> threw_{0};

  alignas(64) mutable SpinMutex mutex_;
  TaskQueue queue_ TRIMTAB_GUARDED_BY(mutex_);
  // One worker without a task is on its way: it looks at the queue for a moment
  // before it sleeps, or was called from sleep. While tasks wait and workers
  // sleep there is one, and it calls the next; so a busy queue wakes nobody in
  // vain.
  bool seeking_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool ending_ TRIMTAB_GUARDED_BY(mutex_) = false;
  std::int64_t accepted_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::int64_t refused_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::int64_t started_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  // The last to sleep is the first to wake: its caches are the warmest.
  std::vector<ParkingSpot*> sleeping_ TRIMTAB_GUARDED_BY(mutex_);
  // By number of the thread; never shrinks.
  std::deque<ParkingSpot> spots_ TRIMTAB_GUARDED_BY(mutex_);
  // Whether queue_ holds anything, for a glance without the mutex.
  alignas(64) std::atomic<bool> waiting_{false};
  // Last, so that the threads end before what they use.
  ResizableThreads threads_;
};

}  // namespace trimtab::runtime
