// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/s3_fifo_policy.h"

#include <algorithm>

namespace trimtab::runtime::cache {

S3FifoPolicy::S3FifoPolicy(Nodes& nodes, std::size_t capacity)
    : Policy(nodes), small_(nodes), main_(nodes), ghosts_(0) {
  SetCapacity(capacity);
}

void S3FifoPolicy::Add(Slot slot, std::uint8_t queue) {
  nodes_[slot].queue = queue;
  ((queue & kMain) != 0 ? main_ : small_).AddNewest(slot);
}

void S3FifoPolicy::Hit(Slot slot) {
  Node& node = nodes_[slot];
  if ((node.queue & kUses) < kUses) ++node.queue;
}

Slot S3FifoPolicy::Insert(Slot slot) {
  const bool remembered = ghosts_.Take(nodes_[slot].hash);
  const Slot victim = size() >= capacity_ ? Evict() : kNoSlot;
  Add(slot, remembered ? kMain : 0);
  return victim;
}

void S3FifoPolicy::Remove(Slot slot) {
  ((nodes_[slot].queue & kMain) != 0 ? main_ : small_).Remove(slot);
}

Slot S3FifoPolicy::Evict() {
  while (true) {
    if (small_.size() >= small_capacity_ || main_.empty()) {
      const Slot slot = small_.TakeOldest();
      if ((nodes_[slot].queue & kUses) <= 1) {
        ghosts_.Add(nodes_[slot].hash);
        return slot;
      }
      Add(slot, kMain);
    } else {
      const Slot slot = main_.TakeOldest();
      const std::uint8_t uses = nodes_[slot].queue & kUses;
      if (uses == 0) return slot;
      Add(slot, static_cast<std::uint8_t>(kMain | (uses - 1)));
    }
  }
}

void S3FifoPolicy::SetCapacity(std::size_t capacity) {
  capacity_ = capacity;
  small_capacity_ = std::max<std::size_t>(1, capacity / 10);
  ghosts_.SetCapacity(capacity - small_capacity_);
}

void S3FifoPolicy::Append(std::vector<Slot>* coldest_first) const {
  small_.Append(coldest_first);
  main_.Append(coldest_first);
}

void S3FifoPolicy::Adopt(std::span<const Slot> coldest_first) {
  const std::size_t most = capacity_ - small_capacity_;
  std::size_t left = coldest_first.size();
  for (const Slot slot : coldest_first) {
    const auto uses = static_cast<std::uint8_t>(std::min<std::uint32_t>(nodes_[slot].uses, kUses));
    Add(slot, left-- > most ? uses : static_cast<std::uint8_t>(kMain | uses));
  }
}

}  // namespace trimtab::runtime::cache
