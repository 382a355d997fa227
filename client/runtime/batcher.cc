// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/batcher.h"

#include <algorithm>
#include <utility>

namespace trimtab::runtime {

using SteadyClock = std::chrono::steady_clock;

Batcher::Batcher(std::int64_t size, std::chrono::milliseconds linger, Commit commit)
    : linger_(linger), commit_(std::move(commit)), size_(size) {
  thread_ = OwnedThread("batcher", [this](const std::stop_token& stop) { Run(stop); });
}

Batcher::~Batcher() {
  thread_.RequestStop();
  {
    // Not between the thread's look at its token and its wait.
    const MutexLock lock(mutex_);
    changed_.NotifyAll();
  }
  thread_.Join();
}

std::future<absl::Status> Batcher::Add(std::int64_t items) {
  const MutexLock lock(mutex_);
  if (waiting_.empty()) first_at_ = SteadyClock::now();
  waiting_items_ += items;
  waiting_.push_back({items, {}});
  std::future<absl::Status> result = waiting_.back().done.get_future();
  changed_.NotifyAll();
  return result;
}

absl::Status Batcher::Resize(std::int64_t size) {
  if (size < 1) return absl::InvalidArgumentError("a batch holds at least one item");
  const MutexLock lock(mutex_);
  size_ = size;
  changed_.NotifyAll();
  return absl::OkStatus();
}

void Batcher::Run(const std::stop_token& stop) {
  while (true) {
    std::int64_t items = 0;
    std::vector<Entry> finished;
    {
      const MutexLock lock(mutex_);
      while (!stop.stop_requested() && waiting_items_ < size_) {
        if (waiting_.empty()) {
          changed_.Wait(mutex_);
        } else if (SteadyClock::now() >= first_at_ + linger_) {
          break;
        } else {
          changed_.WaitUntil(mutex_, first_at_ + linger_);
        }
      }
      if (waiting_.empty()) return;
      items = std::min(waiting_items_, size_);
      waiting_items_ -= items;
      std::int64_t left = items;
      while (!waiting_.empty() && waiting_.front().items <= left) {
        left -= waiting_.front().items;
        finished.push_back(std::move(waiting_.front()));
        waiting_.erase(waiting_.begin());
      }
      if (!waiting_.empty()) waiting_.front().items -= left;
      first_at_ = SteadyClock::now();
    }
    const absl::Status status = commit_(items);
    for (Entry& entry : finished) entry.done.set_value(status);
  }
}

}  // namespace trimtab::runtime
