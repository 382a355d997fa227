// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// A mutex for sections of some tens of nanoseconds that many threads want at
// once: a thread that finds it taken looks again for about a microsecond before
// it sleeps, where std::mutex sleeps at once. Not fair. The states are those of
// Ulrich Drepper, "Futexes Are Tricky", section 5 (mutex2).
class TRIMTAB_ANNOTATE(capability("mutex")) SpinMutex {
 public:
  SpinMutex() = default;
  SpinMutex(const SpinMutex&) = delete;
  SpinMutex& operator=(const SpinMutex&) = delete;

  void Lock() TRIMTAB_ANNOTATE(acquire_capability()) {
    std::uint32_t expected = kFree;
    if (!state_.compare_exchange_strong(expected, kTaken, std::memory_order_acquire)) LockSlowly();
  }
  void Unlock() TRIMTAB_ANNOTATE(release_capability()) {
    if (state_.exchange(kFree, std::memory_order_release) == kAwaited) state_.notify_one();
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kTaken = 1;
  // Taken, and a thread may sleep until it is free.
  static constexpr std::uint32_t kAwaited = 2;
  static constexpr int kLooks = 100;

  [[gnu::noinline]] void LockSlowly() {
    for (int look = 0; look < kLooks; ++look) {
      std::uint32_t expected = kFree;
      if (state_.load(std::memory_order_relaxed) == kFree &&
          state_.compare_exchange_weak(expected, kTaken, std::memory_order_acquire)) {
        return;
      }
      Pause();
    }
    while (state_.exchange(kAwaited, std::memory_order_acquire) != kFree) state_.wait(kAwaited);
  }

  static void Pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::atomic<std::uint32_t> state_{kFree};
};

// Holds a SpinMutex for a scope.
class TRIMTAB_ANNOTATE(scoped_lockable) SpinMutexLock {
 public:
  explicit SpinMutexLock(SpinMutex& mutex) TRIMTAB_ANNOTATE(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.Lock();
  }
  ~SpinMutexLock() TRIMTAB_ANNOTATE(release_capability()) { mutex_.Unlock(); }
  SpinMutexLock(const SpinMutexLock&) = delete;
  SpinMutexLock& operator=(const SpinMutexLock&) = delete;

 private:
  SpinMutex& mutex_;
};

}  // namespace trimtab::runtime
