// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "client/runtime/batch/batch_options.h"
#include "client/runtime/batch/batch_stats.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// Forms batches of entries. An entry goes into the batch that gathers; that one
// is closed once it weighs enough or is old enough, and then waits in line for a
// thread. The clock is read once a batch, and threads are woken twice a batch at
// most. `Entry` has a weight. Thread-safe.
template <typename Entry>
class BatchQueue {
 public:
  // `options` are valid.
  explicit BatchQueue(const BatchOptions& options)
      : clock_(options.clock == nullptr ? SystemClock() : *options.clock),
        max_waiting_(options.max_waiting),
        size_(options.size),
        linger_(options.linger) {}

  // Moves from `*entry` if it is taken; see ItemBatcher::Add() for the errors.
  absl::Status Add(Entry* entry) {
    const std::int64_t weight = entry->weight;
    bool wake = false;
    {
      const MutexLock lock(mutex_);
      const absl::Status taken = Check(weight);
      if (!taken.ok()) {
        ++stats_.refused;
        return taken;
      }
      // With the first entry somebody has to look at the time.
      wake = gathering_.entries.empty();
      if (wake) first_at_ = clock_.Now();
      gathering_.entries.push_back(std::move(*entry));
      gathering_.weight += weight;
      waiting_weight_ += weight;
      ++stats_.added;
      ++stats_.waiting;
      if (gathering_.weight >= size_) {
        CloseBatch();
        ++stats_.closed_by_size;
        wake = true;
      }
    }
    if (wake) changed_.NotifyOne();
    return absl::OkStatus();
  }

  // The next batch, in place of the `*entries` handled before, waiting until there
  // is one. False once it is closed and empty.
  bool Take(std::vector<Entry>* entries) {
    entries->clear();
    const MutexLock lock(mutex_);
    if (spare_.capacity() < entries->capacity()) spare_.swap(*entries);
    while (closed_batches_.empty()) {
      if (gathering_.entries.empty()) {
        if (closed_) return false;
        changed_.Wait(mutex_);
      } else if (const MonotonicTime due = first_at_ + linger_; clock_.Now() >= due) {
        CloseBatch();
        ++stats_.closed_by_linger;
      } else {
        clock_.WaitUntil(changed_, mutex_, due);
      }
    }
    *entries = std::move(closed_batches_.front().entries);
    waiting_weight_ -= closed_batches_.front().weight;
    closed_batches_.pop_front();
    const auto count = static_cast<std::int64_t>(entries->size());
    stats_.waiting -= count;
    stats_.handled_now += count;
    // The wake for what is left may have gone to this thread.
    if (!closed_batches_.empty() || !gathering_.entries.empty()) changed_.NotifyOne();
    return true;
  }

  // A batch of `count` was handled: each has the handler's answer or all an
  // error.
  void Done(std::size_t count, bool answered) {
    const MutexLock lock(mutex_);
    stats_.handled_now -= static_cast<std::int64_t>(count);
    (answered ? stats_.answered : stats_.failed) += static_cast<std::int64_t>(count);
  }

  void SetSize(std::int64_t size) {
    const MutexLock lock(mutex_);
    size_ = size;
    // What gathers may be enough now, for several batches.
    std::vector<Entry> entries = std::move(gathering_.entries);
    gathering_ = {};
    for (Entry& entry : entries) {
      gathering_.weight += entry.weight;
      gathering_.entries.push_back(std::move(entry));
      if (gathering_.weight < size_) continue;
      CloseBatch();
      ++stats_.closed_by_size;
    }
    changed_.NotifyAll();
  }

  void SetLinger(Duration linger) {
    const MutexLock lock(mutex_);
    linger_ = linger;
    changed_.NotifyAll();
  }

  void Flush() {
    const MutexLock lock(mutex_);
    FlushLocked();
  }

  // No more is taken; Take() gives what is left.
  void Close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    FlushLocked();
  }

  void CountCallbackException() {
    const MutexLock lock(mutex_);
    ++stats_.callback_exceptions;
  }

  BatchStats stats() const {
    const MutexLock lock(mutex_);
    BatchStats stats = stats_;
    stats.waiting_weight = waiting_weight_;
    stats.size = size_;
    stats.linger = linger_;
    return stats;
  }

 private:
  struct Batch {
    std::vector<Entry> entries;
    std::int64_t weight = 0;
  };

  absl::Status Check(std::int64_t weight) const TRIMTAB_REQUIRES(mutex_) {
    if (closed_) return absl::UnavailableError("the batcher is shut down");
    if (weight < 1 || weight > kMaxWaitingWeight) return CheckBatchWeight(weight);
    // One batch and one item may always wait: else there might never be one.
    if (waiting_weight_ >= size_ && waiting_weight_ + weight > max_waiting_) {
      return absl::ResourceExhaustedError("too many items wait for their batch");
    }
    return absl::OkStatus();
  }

  void CloseBatch() TRIMTAB_REQUIRES(mutex_) {
    closed_batches_.push_back(std::move(gathering_));
    gathering_.entries = std::exchange(spare_, {});
    gathering_.weight = 0;
  }

  void FlushLocked() TRIMTAB_REQUIRES(mutex_) {
    if (!gathering_.entries.empty()) {
      CloseBatch();
      ++stats_.closed_by_flush;
    }
    changed_.NotifyAll();
  }

  Clock& clock_;
  const std::int64_t max_waiting_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::int64_t size_ TRIMTAB_GUARDED_BY(mutex_);
  Duration linger_ TRIMTAB_GUARDED_BY(mutex_);
  bool closed_ TRIMTAB_GUARDED_BY(mutex_) = false;
  Batch gathering_ TRIMTAB_GUARDED_BY(mutex_);
  // Empty, with the space of a batch that was handled.
  std::vector<Entry> spare_ TRIMTAB_GUARDED_BY(mutex_);
  // When the first entry of `gathering_` came.
  MonotonicTime first_at_ TRIMTAB_GUARDED_BY(mutex_);
  std::deque<Batch> closed_batches_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t waiting_weight_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  BatchStats stats_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
