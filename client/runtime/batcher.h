// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

// Gathers items and hands them over in batches: once `size` are together, or
// `linger` after the first one, whichever is first. Batches are handed over one
// at a time by a thread of the batcher, under no lock. Both limits change while
// it works. Thread-safe.
class Batcher {
 public:
  // Commits so many items; its result is everybody's in the batch.
  using Commit = std::function<absl::Status(std::int64_t items)>;

  Batcher(std::int64_t size, std::chrono::milliseconds linger, Commit commit);
  // Commits what is left.
  ~Batcher();

  // Adds items; they may be spread over several batches. The result of the
  // batch that holds the last of them.
  std::future<absl::Status> Add(std::int64_t items);
  // INVALID_ARGUMENT below 1; nothing changes then.
  absl::Status Resize(std::int64_t size);

 private:
  struct Entry {
    std::int64_t items;
    std::promise<absl::Status> done;
  };
  void Run(const std::stop_token& stop);

  const std::chrono::milliseconds linger_;
  const Commit commit_;
  Mutex mutex_;
  CondVar changed_;
  std::int64_t size_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t waiting_items_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::vector<Entry> waiting_ TRIMTAB_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point first_at_ TRIMTAB_GUARDED_BY(mutex_);
  OwnedThread thread_;
};

}  // namespace trimtab::runtime
