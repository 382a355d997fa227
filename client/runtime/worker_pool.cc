// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/worker_pool.h"

#include <thread>
#include <utility>

namespace trimtab::runtime {

WorkerPool::WorkerPool(std::int64_t threads, std::size_t queue_limit)
    : queue_limit_(queue_limit), wanted_(threads) {
  const MutexLock lock(mutex_);
  StartUpTo();
}

WorkerPool::~WorkerPool() {
  const MutexLock lock(mutex_);
  ending_ = true;
  changed_.NotifyAll();
  while (running_ > 0) changed_.Wait(mutex_);
}

bool WorkerPool::Submit(std::function<void()> task) {
  {
    const MutexLock lock(mutex_);
    if (ending_ || queue_.size() >= queue_limit_) return false;
    queue_.push_back(std::move(task));
  }
  changed_.NotifyOne();
  return true;
}

absl::Status WorkerPool::Resize(std::int64_t threads) {
  if (threads < 1 || threads > kMaxThreads) {
    return absl::InvalidArgumentError("a worker pool has from 1 to 1024 threads");
  }
  const MutexLock lock(mutex_);
  wanted_ = threads;
  StartUpTo();
  changed_.NotifyAll();
  return absl::OkStatus();
}

void WorkerPool::StartUpTo() {
  while (running_ < wanted_) {
    ++running_;
    // The destructor waits for the count, so that a thread that is too many can
    // end without anybody to join it.
    std::thread([this] { Work(); }).detach();
  }
}

void WorkerPool::Work() {
  while (true) {
    std::function<void()> task;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !ending_ && running_ <= wanted_) changed_.Wait(mutex_);
      if (running_ > wanted_ || queue_.empty()) {
        --running_;
        // Under the lock: the destructor may be all that is left.
        changed_.NotifyAll();
        return;
      }
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace trimtab::runtime
