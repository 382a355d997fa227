// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// Hands items from one group of threads to another, a bounded number at a time:
// who pushes waits for room. The bound changes live; below what is held it
// refuses nobody and lets nobody in until there is room. Thread-safe.
template <typename T>
class Channel {
 public:
  enum class Popped { kItem, kEnd, kLook };

  struct Stats {
    std::int64_t capacity = 0;
    std::int64_t held = 0;
    // Items taken by Pop() and not yet Done().
    std::int64_t in_hand = 0;
    std::int64_t pushed = 0;
    // Pushes that had to wait for room.
    std::int64_t waited = 0;
  };

  // From 1.
  explicit Channel(std::int64_t capacity) {
    const MutexLock lock(mutex_);
    stats_.capacity = capacity;
  }

  // Waits for room. False when the channel was closed or cleared for good; the
  // item was not taken then.
  bool Push(T item) {
    const MutexLock lock(mutex_);
    if (Full() && !closed_) ++stats_.waited;
    while (Full() && !closed_) room_.Wait(mutex_);
    if (closed_) return false;
    items_.push_back(std::move(item));
    ++stats_.pushed;
    items_changed_.NotifyOne();
    return true;
  }

  // Waits for an item, which the caller has in hand until Done(). kEnd once the
  // channel is closed and nothing is held or in hand; kLook after LookAround()
  // while `look()` holds.
  template <typename Look>
  Popped Pop(std::optional<T>* item, const Look& look) {
    const MutexLock lock(mutex_);
    while (true) {
      if (look()) {
        // It may have been woken for this item.
        if (!items_.empty()) items_changed_.NotifyOne();
        return Popped::kLook;
      }
      if (!items_.empty()) break;
      if (closed_ && stats_.in_hand == 0) return Popped::kEnd;
      items_changed_.Wait(mutex_);
    }
    *item = std::move(items_.front());
    items_.pop_front();
    ++stats_.in_hand;
    room_.NotifyOne();
    return Popped::kItem;
  }

  // What was popped has been dealt with.
  void Done() {
    const MutexLock lock(mutex_);
    --stats_.in_hand;
    if (closed_ && stats_.in_hand == 0) items_changed_.NotifyAll();
  }

  // No more is pushed; what is held can be popped. Idempotent.
  void Close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    room_.NotifyAll();
    items_changed_.NotifyAll();
  }

  // Closes and throws away what is held; returns how many items.
  std::int64_t Clear() {
    std::deque<T> dropped;
    const MutexLock lock(mutex_);
    closed_ = true;
    dropped.swap(items_);
    room_.NotifyAll();
    items_changed_.NotifyAll();
    return static_cast<std::int64_t>(dropped.size());
  }

  // Makes those that wait in Pop() ask `look` again.
  void LookAround() {
    const MutexLock lock(mutex_);
    items_changed_.NotifyAll();
  }

  // From 1.
  void SetCapacity(std::int64_t capacity) {
    const MutexLock lock(mutex_);
    stats_.capacity = capacity;
    room_.NotifyAll();
  }

  Stats stats() const {
    const MutexLock lock(mutex_);
    Stats stats = stats_;
    stats.held = static_cast<std::int64_t>(items_.size());
    return stats;
  }

 private:
  bool Full() const TRIMTAB_REQUIRES(mutex_) {
    return static_cast<std::int64_t>(items_.size()) >= stats_.capacity;
  }

  mutable Mutex mutex_;
  CondVar room_;
  CondVar items_changed_;
  std::deque<T> items_ TRIMTAB_GUARDED_BY(mutex_);
  bool closed_ TRIMTAB_GUARDED_BY(mutex_) = false;
  Stats stats_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
