// SPDX-License-Identifier: Apache-2.0
#include "client/host/recorder.h"

#include "client/host/recorder_thread.h"

namespace trimtab::host {
namespace {

std::uint64_t NextId() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Recorder::Recorder(Clock& clock, std::int64_t generation, AsymmetricFence fence)
    : clock_(clock),
      id_(NextId()),
      fence_(fence),
      lanes_(std::make_shared<RecorderLanes>(fence)),
      generation_(generation),
      since_(MonotonicTime::min().time_since_epoch().count()) {
  MutexLock lock(mutex_);
  changes_.push_back({MonotonicTime::min(), generation});
}

Recorder::~Recorder() { lanes_->Abandon(); }

std::int64_t Recorder::GenerationAt(MonotonicTime start) const {
  // Nearly every request starts under the present generation. A change between
  // the two loads gives a request that starts at that very moment either one.
  if (start.time_since_epoch().count() >= since_.load(std::memory_order_acquire)) {
    return generation();
  }
  MutexLock lock(mutex_);
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    if (change->since <= start) return change->generation;
  }
  return changes_.front().generation;
}

void Recorder::SetGeneration(std::int64_t generation) {
  MutexLock lock(mutex_);
  const MonotonicTime now = clock_.Now();
  changes_.push_back({now, generation});
  if (changes_.size() > kRemembered) changes_.pop_front();
  generation_.store(generation, std::memory_order_release);
  since_.store(now.time_since_epoch().count(), std::memory_order_release);
}

void Recorder::Record(std::int64_t generation, MonotonicTime start, Outcome outcome,
                      std::int64_t bytes) {
  const MonotonicTime now = clock_.Now();
  // Unsigned, where the distance of any two moments fits.
  const std::uint64_t nanos =
      now <= start ? 0
                   : static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                         static_cast<std::uint64_t>(start.time_since_epoch().count());
  RecordLatency(generation, nanos, outcome, bytes);
}

void Recorder::RecordLatency(std::int64_t generation, std::uint64_t nanos, Outcome outcome,
                             std::int64_t bytes) {
  if (last_lane.id == id_) [[likely]] {
    RecorderLane* const lane = last_lane.lane;
    fence_.Enter(lane->busy, true);
    RecorderBlock* const block = lane->block.load(std::memory_order_seq_cst);
    if (block != nullptr && block->generation == generation) [[likely]] {
      block->Record(nanos, outcome, bytes);
      lane->busy.store(false, std::memory_order_release);
      return;
    }
    lane->busy.store(false, std::memory_order_release);
  }
  RecordSlowly(generation, nanos, outcome, bytes);
}

void Recorder::RecordSlowly(std::int64_t generation, std::uint64_t nanos, Outcome outcome,
                            std::int64_t bytes) {
  RecorderLane* const lane = LaneOfThisThread(id_, lanes_);
  if (lane != nullptr) last_lane = {id_, lane};
  lanes_->RecordSlowly(lane, generation, nanos, outcome, bytes);
}

}  // namespace trimtab::host
