// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

struct AsyncCallerOptions {
  static constexpr int kMaxThreads = 1024;

  // Calls at once, a thread each; 1 to kMaxThreads.
  int threads = 16;
  // Calls that wait for a thread, at most; from 1.
  std::size_t queue_limit = 10000;
};
absl::Status Validate(const AsyncCallerOptions& options);

// Makes calls that wait for their answer, such as those over a ConnectionPool
// or by a Retrier, without waiting: on threads of its own, in the order of
// coming, from a bounded queue. Thread-safe. The destructor makes all calls that
// were taken.
class AsyncCaller {
 public:
  using Call = std::function<absl::StatusOr<std::string>(const std::string& request,
                                                         MonotonicTime deadline)>;
  using Done = std::function<void(absl::StatusOr<std::string>)>;

  // Options must pass Validate().
  AsyncCaller(AsyncCallerOptions options, Call call);
  ~AsyncCaller();
  AsyncCaller(const AsyncCaller&) = delete;
  AsyncCaller& operator=(const AsyncCaller&) = delete;

  // `done` is called once: by one of the threads, with UNKNOWN if the call
  // throws, or with RESOURCE_EXHAUSTED at once when the queue is full.
  void Send(std::string request, MonotonicTime deadline, Done done);

 private:
  struct Task {
    std::string request;
    MonotonicTime deadline;
    Done done;
  };
  void Work();

  const std::size_t queue_limit_;
  const Call call_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Task> queue_ TRIMTAB_GUARDED_BY(mutex_);
  bool ending_ TRIMTAB_GUARDED_BY(mutex_) = false;
  std::vector<OwnedThread> threads_;
};

}  // namespace trimtab::runtime
