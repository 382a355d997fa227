// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>

namespace trimtab::runtime::cache {

// Where the index has its places, for who doesn't hold the lock yet: the line
// of a hash comes from memory while the lock is taken. What it says may be out of
// date, which costs a fetch for nothing. Thread-safe.
class IndexHint {
 public:
  // There are `mask + 1` places from `first` on.
  void Set(const void* first, std::size_t mask) {
    first_.store(static_cast<const char*>(first), std::memory_order_relaxed);
    mask_.store(mask, std::memory_order_relaxed);
  }
  // `bytes` is the size of a place.
  void Prefetch(std::size_t place, std::size_t bytes) const {
    const std::size_t at = place & mask_.load(std::memory_order_relaxed);
    __builtin_prefetch(first_.load(std::memory_order_relaxed) + bytes * at);
  }

 private:
  std::atomic<const char*> first_{nullptr};
  std::atomic<std::size_t> mask_{0};
};

}  // namespace trimtab::runtime::cache
