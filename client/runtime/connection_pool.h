// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// A bounded set of open connections, known by their file descriptors. Its size
// changes while it is used: shrinking closes idle connections at once and lent
// ones when they come back, never one in use. Thread-safe.
class ConnectionPool {
 public:
  static constexpr std::int64_t kMaxSize = 10000;
  // Opens a connection; below 0 for none.
  using Open = std::function<int()>;

  ConnectionPool(std::int64_t size, Open open);
  // Closes the idle ones; none may be lent.
  ~ConnectionPool();

  // Lends from 1 to `wanted` connections, as many as are free, waiting for the
  // first until `deadline`; empty then.
  std::vector<int> Take(std::size_t wanted, std::chrono::steady_clock::time_point deadline);
  // Gives one back; `healthy` false: it is closed and replaced.
  void Give(int connection, bool healthy);
  // INVALID_ARGUMENT outside 1 to kMaxSize; nothing changes then.
  absl::Status Resize(std::int64_t size);
  std::int64_t size() const {
    const MutexLock lock(mutex_);
    return size_;
  }

 private:
  void Fill();

  const Open open_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::int64_t size_ TRIMTAB_GUARDED_BY(mutex_);
  // Idle, lent and being opened.
  std::int64_t total_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::vector<int> idle_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
