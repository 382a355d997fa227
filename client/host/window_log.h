// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "client/host/window.h"
#include "daemon/base/mutex.h"

namespace trimtab::host {

// The newest closed windows, numbered from 1. A reader that is slower than they
// come finds the oldest gone and sees it by the gap in the numbers. Thread-safe.
class WindowLog {
 public:
  using Entry = std::shared_ptr<const Window>;

  explicit WindowLog(std::size_t capacity) : capacity_(capacity) {}

  // Numbers the window and keeps it.
  void Append(Window window);

  // The number of the newest window; 0 for none yet.
  std::int64_t newest() const;
  // The first window kept with a greater number; null for none.
  Entry NextAfter(std::int64_t sequence) const;
  // The newest `limit` windows with greater numbers, oldest first; 0 for all. A
  // number not reached yet, which is of a process before this one, counts as 0.
  std::vector<Entry> After(std::int64_t sequence, std::size_t limit) const;

 private:
  const std::size_t capacity_;
  mutable Mutex mutex_;
  std::int64_t newest_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::deque<Entry> windows_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::host
