// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace trimtab::runtime::cache {

// Where the index has its buckets, for who doesn't hold the lock yet: the line
// of a hash comes from memory while the lock is taken. What it says may be out of
// date, which costs a fetch for nothing. Thread-safe.
class IndexHint {
 public:
  // There are `mask + 1` buckets of a cache line from `first` on.
  void Set(const void* first, std::size_t mask) {
    first_.store(reinterpret_cast<std::uintptr_t>(first), std::memory_order_relaxed);
    mask_.store(mask, std::memory_order_relaxed);
  }
  void Prefetch(std::size_t bucket) const {
    const std::size_t at = bucket & mask_.load(std::memory_order_relaxed);
    __builtin_prefetch(
        reinterpret_cast<const void*>(first_.load(std::memory_order_relaxed) + 64 * at));
  }

 private:
  std::atomic<std::uintptr_t> first_{0};
  std::atomic<std::size_t> mask_{0};
};

}  // namespace trimtab::runtime::cache
