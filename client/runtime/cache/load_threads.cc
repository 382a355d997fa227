// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/load_threads.h"

#include <utility>

#include "client/runtime/start_thread.h"

namespace trimtab::runtime::cache {

LoadThreads::~LoadThreads() {
  std::vector<OwnedThread> threads;
  {
    const MutexLock lock(mutex_);
    ending_ = true;
    for (std::stop_source& stop : running_) stop.request_stop();
    for (Job& job : queue_) job.stop.request_stop();
    changed_.NotifyAll();
    threads.swap(threads_);
  }
  for (OwnedThread& thread : threads) thread.Join();
}

bool LoadThreads::Submit(Task task, std::stop_source stop) {
  const MutexLock lock(mutex_);
  if (ending_ || unfinished_ >= threads_limit_ + queue_limit_) return false;
  if (unfinished_ >= threads_.size() && threads_.size() < threads_limit_) AddThread();
  if (threads_.empty()) return false;
  ++unfinished_;
  queue_.push_back({std::move(task), std::move(stop)});
  changed_.NotifyOne();
  return true;
}

void LoadThreads::AddThread() {
  // It looks at nothing before the lock is given up.
  absl::StatusOr<OwnedThread> thread = StartThread(
      "cache-load", [this, number = threads_.size()](const std::stop_token&) { Run(number); });
  if (!thread.ok()) return;
  running_.emplace_back(std::nostopstate);
  threads_.push_back(*std::move(thread));
}

void LoadThreads::Run(std::size_t thread) {
  while (true) {
    Job job;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !ending_) changed_.Wait(mutex_);
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
      running_[thread] = job.stop;
    }
    job.task();
    const MutexLock lock(mutex_);
    running_[thread] = std::stop_source(std::nostopstate);
    --unfinished_;
  }
}

}  // namespace trimtab::runtime::cache
