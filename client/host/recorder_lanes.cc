// SPDX-License-Identifier: Apache-2.0
#include "client/host/recorder_lanes.h"

#include <thread>
#include <utility>

namespace trimtab::host {
namespace {

// The owner is seen idle soon even if it never pauses: it finds no block, and
// comes to wait for the mutex that the caller holds.
void AwaitIdle(const RecorderLane& lane) {
  while (lane.busy.load(std::memory_order_seq_cst)) std::this_thread::yield();
}

}  // namespace

RecorderLanes::~RecorderLanes() {
  const MutexLock lock(mutex_);
  for (const auto& lane : lanes_) delete lane->block.load(std::memory_order_relaxed);
  for (RecorderBlock* block : retired_) delete block;
  for (RecorderBlock* block : free_) delete block;
}

RecorderLane* RecorderLanes::Join() {
  const MutexLock lock(mutex_);
  if (unowned_.empty()) {
    lanes_.push_back(std::make_unique<RecorderLane>());
    return lanes_.back().get();
  }
  RecorderLane* lane = unowned_.back();
  unowned_.pop_back();
  return lane;
}

void RecorderLanes::Leave(RecorderLane* lane) {
  const MutexLock lock(mutex_);
  unowned_.push_back(lane);
}

RecorderBlock* RecorderLanes::FreshBlock() {
  if (free_.empty()) {
    ++blocks_;
    return new RecorderBlock();
  }
  RecorderBlock* block = free_.back();
  free_.pop_back();
  return block;
}

void RecorderLanes::RecordSlowly(RecorderLane* lane, std::int64_t generation, std::uint64_t nanos,
                                 Outcome outcome, std::int64_t bytes) {
  const MutexLock lock(mutex_);
  RecorderBlock* block = lane == nullptr ? nullptr : lane->block.load(std::memory_order_relaxed);
  if (lane == nullptr || (block != nullptr && block->generation > generation)) {
    ++late_count_;
    late_[generation].Record(nanos, outcome, bytes);
    return;
  }
  if (block == nullptr || block->generation < generation) {
    if (block != nullptr) retired_.push_back(block);
    block = FreshBlock();
    block->generation = generation;
    lane->block.store(block, std::memory_order_relaxed);
  }
  block->Record(nanos, outcome, bytes);
}

RecorderLanes::Blocks RecorderLanes::Collect(std::int64_t generation) {
  Blocks taken;
  std::vector<const RecorderLane*> from;
  for (const auto& lane : lanes_) {
    RecorderBlock* block = lane->block.load(std::memory_order_relaxed);
    // The owner changes a block's generation only under the mutex.
    if (block == nullptr || block->generation > generation) continue;
    lane->block.store(nullptr, std::memory_order_seq_cst);
    taken.push_back(block);
    from.push_back(lane.get());
  }
  if (!taken.empty()) fence_.Await();
  for (const RecorderLane* lane : from) AwaitIdle(*lane);
  std::erase_if(retired_, [&](RecorderBlock* block) {
    if (block->generation > generation) return false;
    taken.push_back(block);
    return true;
  });
  return taken;
}

std::map<std::int64_t, Totals> RecorderLanes::Take(std::int64_t generation) {
  std::map<std::int64_t, Totals> totals;
  Blocks taken;
  {
    const MutexLock lock(mutex_);
    taken = Collect(generation);
    const auto end = late_.upper_bound(generation);
    while (late_.begin() != end) totals.insert(late_.extract(late_.begin()));
  }
  for (RecorderBlock* block : taken) block->Empty(&totals[block->generation]);
  const MutexLock lock(mutex_);
  // More than one for each thread is never needed again soon.
  const std::size_t wanted = lanes_.size() - unowned_.size() + 1;
  for (RecorderBlock* block : taken) {
    if (free_.size() < wanted) {
      free_.push_back(block);
    } else {
      --blocks_;
      delete block;
    }
  }
  return totals;
}

RecorderLanes::Stats RecorderLanes::stats() const {
  const MutexLock lock(mutex_);
  const auto lanes = static_cast<std::int64_t>(lanes_.size());
  return {.threads = lanes - static_cast<std::int64_t>(unowned_.size()),
          .lanes = lanes,
          .blocks = blocks_,
          .late = late_count_};
}

}  // namespace trimtab::host
