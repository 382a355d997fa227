// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "client/host/asymmetric_fence.h"
#include "client/host/recorder_block.h"
#include "client/host/totals.h"
#include "daemon/base/mutex.h"

namespace trimtab::host {

// A thread's own place to count in. The owner adds to the block while it says
// that it is busy; a reader takes the block away, waits until the owner has been
// seen not busy, and has it alone.
struct alignas(128) RecorderLane {
  std::atomic<bool> busy{false};
  // Null until the owner counts something; put here by the owner, taken away by
  // the reader.
  std::atomic<RecorderBlock*> block{nullptr};
};

// The lanes of a recorder's threads. A lane outlives its thread: it goes to the
// next thread that comes, with what is counted in it, so there are as many as
// there ever were threads at once. Thread-safe.
class RecorderLanes {
 public:
  struct Stats {
    // Threads that have a lane, and lanes made.
    std::int64_t threads = 0;
    std::int64_t lanes = 0;
    // Blocks that exist, of 30 KB each.
    std::int64_t blocks = 0;
    // Requests counted under a generation older than the thread's newest.
    std::int64_t late = 0;
  };

  explicit RecorderLanes(AsymmetricFence fence) : fence_(fence) {}
  ~RecorderLanes();

  RecorderLane* Join();
  void Leave(RecorderLane* lane);

  // Counts where the lane has no block of this generation. `lane` may be null
  // for a thread that is ending.
  void RecordSlowly(RecorderLane* lane, std::int64_t generation, std::uint64_t nanos,
                    Outcome outcome, std::int64_t bytes);

  // Takes out what was counted for generations up to `generation`, each request
  // whole. Waits for threads that are just counting: some nanoseconds unless
  // one lost its processor there.
  std::map<std::int64_t, Totals> Take(std::int64_t generation);

  // The recorder is gone; nobody counts any more.
  void Abandon() { abandoned_.store(true, std::memory_order_relaxed); }
  bool abandoned() const { return abandoned_.load(std::memory_order_relaxed); }

  Stats stats() const;

 private:
  using Blocks = std::vector<RecorderBlock*>;

  // Takes the blocks of generations up to `generation` from the threads.
  Blocks Collect(std::int64_t generation) TRIMTAB_REQUIRES(mutex_);
  RecorderBlock* FreshBlock() TRIMTAB_REQUIRES(mutex_);

  const AsymmetricFence fence_;
  std::atomic<bool> abandoned_{false};
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<RecorderLane>> lanes_ TRIMTAB_GUARDED_BY(mutex_);
  // Lanes without a thread.
  std::vector<RecorderLane*> unowned_ TRIMTAB_GUARDED_BY(mutex_);
  // Blocks that were counted into, of a generation older than their lane's.
  Blocks retired_ TRIMTAB_GUARDED_BY(mutex_);
  // Empty blocks.
  Blocks free_ TRIMTAB_GUARDED_BY(mutex_);
  std::map<std::int64_t, Totals> late_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t blocks_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::int64_t late_count_ TRIMTAB_GUARDED_BY(mutex_) = 0;
};

}  // namespace trimtab::host
