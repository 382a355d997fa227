// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/runtime/concurrency/worker_pool.h"
#include "client/runtime/statistic.h"
#include "daemon/base/clock.h"

namespace trimtab::runtime {

struct AsyncCallerOptions {
  // Calls at once, a thread each; 1 to WorkerPool::kMaxThreads. As many as a
  // BatchRequester has under way unless told otherwise: with fewer, the rest of
  // a batch waits here.
  std::int64_t threads = 100;
  // Calls that wait for a thread, at most; 1 to WorkerPool::kMaxQueue.
  std::int64_t queue_limit = 10000;
  // Source of time; null for the machine's own. Must outlive the caller.
  Clock* clock = nullptr;
};

struct AsyncCallerStats {
  std::int64_t threads = 0;
  std::int64_t queue_limit = 0;
  std::int64_t queued = 0;
  std::int64_t taken = 0;
  std::int64_t refused = 0;
  std::int64_t answered = 0;
  std::int64_t failed = 0;
  // Of those that failed: not made, as their deadline came first.
  std::int64_t expired = 0;
};
std::vector<Statistic> Export(const AsyncCallerStats& stats);

// Makes calls that wait for their answer, such as those over a ConnectionPool
// or by a Retrier, without waiting: on the threads of a WorkerPool, in the order
// of coming, from a bounded queue. Threads and queue change while it works, as
// the pool's do. Thread-safe. The destructor makes the calls that still wait.
class AsyncCaller {
 public:
  using Call = std::function<absl::StatusOr<std::string>(const std::string& request,
                                                         MonotonicTime deadline)>;
  // Must not throw.
  using Done = std::function<void(absl::StatusOr<std::string>)>;

  // As WorkerPool::Create().
  static absl::StatusOr<std::unique_ptr<AsyncCaller>> Create(AsyncCallerOptions options, Call call);

  // `done` is called once: by one of the threads, with UNKNOWN if the call
  // throws and DEADLINE_EXCEEDED if there was no time left to make it; or with
  // RESOURCE_EXHAUSTED at once when the queue is full.
  void Send(std::string request, MonotonicTime deadline, Done done);

  // As those of WorkerPool.
  absl::Status Resize(std::int64_t threads) { return pool_->Resize(threads); }
  absl::Status SetQueueLimit(std::int64_t limit) { return pool_->SetQueueLimit(limit); }
  AsyncCallerStats stats() const;

 private:
  struct Task;
  AsyncCaller(std::unique_ptr<WorkerPool> pool, Call call);
  absl::StatusOr<std::string> Make(const Task& task) const;

  const Call call_;
  std::atomic<std::int64_t> answered_{0};
  std::atomic<std::int64_t> failed_{0};
  // Last, so that its tasks end before what they use.
  const std::unique_ptr<WorkerPool> pool_;
};

}  // namespace trimtab::runtime
