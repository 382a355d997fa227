// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/map_progress.h"

#include <utility>

namespace trimtab::runtime {

MapProgress::MapProgress(std::size_t items, WorkerPool& pool, TaskOptions options,
                         std::function<void(std::size_t, const absl::Status&)> work)
    : items_(items), pool_(pool), options_(std::move(options)), work_(std::move(work)) {}

bool MapProgress::Help(const std::shared_ptr<MapProgress>& self) {
  // Not with the options' deadline and stop: those are looked at item by item.
  return pool_
      .Submit(
          [self] {
            while (self->DoNext()) {
              if (self->Help(self)) return;
            }
          },
          {.priority = options_.priority})
      .ok();
}

bool MapProgress::DoNext() {
  const std::size_t item = next_.fetch_add(1, std::memory_order_relaxed);
  if (item >= items_) return false;
  absl::Status dropped;
  if (options_.stop.stop_requested()) {
    dropped = absl::CancelledError("cancelled before it began");
  } else if (pool_.Late(options_.deadline)) {
    dropped = absl::DeadlineExceededError("its deadline came before its turn");
  }
  work_(item, dropped);
  if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == items_) {
    const MutexLock lock(mutex_);
    all_done_.NotifyAll();
  }
  return true;
}

void MapProgress::WorkAndAwaitEnd() {
  while (DoNext()) {
  }
  const MutexLock lock(mutex_);
  while (done_.load(std::memory_order_acquire) < items_) all_done_.Wait(mutex_);
}

}  // namespace trimtab::runtime
