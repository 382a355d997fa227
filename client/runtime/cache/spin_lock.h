// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <thread>

#include "daemon/base/mutex.h"

namespace trimtab::runtime::cache {

// A lock for the some tens of nanoseconds of a request to the cache: less than
// half of the cost of a mutex, and who finds it taken doesn't go to sleep for
// what is over before it sleeps. After a few hundred tries it lets other threads
// run between its tries, as the holder may not be running. Not fair.
class TRIMTAB_ANNOTATE(capability("mutex")) SpinLock {
 public:
  SpinLock() = default;
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  void Lock() TRIMTAB_ANNOTATE(acquire_capability()) {
    if (!held_.exchange(true, std::memory_order_acquire)) return;
    LockTaken();
  }
  void Unlock() TRIMTAB_ANNOTATE(release_capability()) {
    held_.store(false, std::memory_order_release);
  }

 private:
  void LockTaken() {
    for (int tries = 0;; ++tries) {
      // Reading alone doesn't take the cache line from the holder.
      if (!held_.load(std::memory_order_relaxed) &&
          !held_.exchange(true, std::memory_order_acquire)) {
        return;
      }
      if (tries < kTries) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
      } else {
        std::this_thread::yield();
      }
    }
  }

  static constexpr int kTries = 200;
  std::atomic<bool> held_{false};
};

// Holds a SpinLock for a scope.
class TRIMTAB_ANNOTATE(scoped_lockable) SpinLockHolder {
 public:
  explicit SpinLockHolder(SpinLock& lock) TRIMTAB_ANNOTATE(acquire_capability(lock)) : lock_(lock) {
    lock_.Lock();
  }
  ~SpinLockHolder() TRIMTAB_ANNOTATE(release_capability()) { lock_.Unlock(); }
  SpinLockHolder(const SpinLockHolder&) = delete;
  SpinLockHolder& operator=(const SpinLockHolder&) = delete;

 private:
  SpinLock& lock_;
};

}  // namespace trimtab::runtime::cache
