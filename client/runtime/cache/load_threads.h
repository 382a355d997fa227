// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <stop_token>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime::cache {

// A few threads that run loads, so that a caller can stop waiting for one that
// hangs. They start when they are needed. Thread-safe.
class LoadThreads {
 public:
  using Task = std::function<void()>;

  // At most `threads` tasks run at once and `queue` more wait.
  LoadThreads(int threads, int queue) : threads_limit_(threads), queue_limit_(queue) {}
  // Asks every task that runs or waits to stop and runs all to their end: tasks
  // must end soon after their `stop` is requested.
  ~LoadThreads();

  // False if too many wait, or if there is no thread and the system gives none;
  // the task is not kept. `stop` is requested at the end.
  bool Submit(Task task, std::stop_source stop);

 private:
  struct Job {
    Task task;
    std::stop_source stop{std::nostopstate};
  };
  void Run(std::size_t thread);
  // Starts another one, if there is one to be had.
  void AddThread() TRIMTAB_REQUIRES(mutex_);

  const std::size_t threads_limit_;
  const std::size_t queue_limit_;
  Mutex mutex_;
  CondVar changed_;
  bool ending_ TRIMTAB_GUARDED_BY(mutex_) = false;
  // Tasks taken and not yet at their end.
  std::size_t unfinished_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::deque<Job> queue_ TRIMTAB_GUARDED_BY(mutex_);
  // What each thread runs.
  std::vector<std::stop_source> running_ TRIMTAB_GUARDED_BY(mutex_);
  std::vector<OwnedThread> threads_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime::cache
