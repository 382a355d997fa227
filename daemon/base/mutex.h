// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// Annotations for clang's thread safety analysis; nothing to other compilers.
#if defined(__clang__)
#define TRIMTAB_ANNOTATE(x) __attribute__((x))
#else
#define TRIMTAB_ANNOTATE(x)
#endif
#define TRIMTAB_GUARDED_BY(x) TRIMTAB_ANNOTATE(guarded_by(x))
#define TRIMTAB_REQUIRES(...) TRIMTAB_ANNOTATE(requires_capability(__VA_ARGS__))
#define TRIMTAB_EXCLUDES(...) TRIMTAB_ANNOTATE(locks_excluded(__VA_ARGS__))

namespace trimtab {

// A mutex that clang can check. Built on std::mutex, which ThreadSanitizer and
// the debuggers of the platform understand.
class TRIMTAB_ANNOTATE(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() TRIMTAB_ANNOTATE(acquire_capability()) { mutex_.lock(); }
  void Unlock() TRIMTAB_ANNOTATE(release_capability()) { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds a Mutex for a scope.
class TRIMTAB_ANNOTATE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) TRIMTAB_ANNOTATE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() TRIMTAB_ANNOTATE(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// A condition variable over Mutex. Wakes may be spurious: wait in a loop.
class CondVar {
 public:
  void Wait(Mutex& mutex) TRIMTAB_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  // Returns at `deadline` at the latest.
  void WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point deadline)
      TRIMTAB_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait_until(lock, deadline);
    lock.release();
  }

  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace trimtab
