// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "client/runtime/cache/policy.h"
#include "client/runtime/cache/slot_list.h"

namespace trimtab::runtime::cache {

// Gives up the slot used least often since its entry came; of equals, the one
// used least recently. Room is made before a new slot comes in, so a new one is
// never given up at once. What was popular once and no longer is stays for long:
// that is LFU.
//
// Slots used equally often are in one list, as in Shah, Mitra, Matani, "An O(1)
// algorithm for implementing the LFU cache eviction scheme", 2010. From kExact
// uses on a list stands for half a power of two, and a slot stays in it until it
// is looked at to be given up, so that the hits of popular entries cost nothing.
// Where kMostLooks in a row were used meanwhile, the least used of them goes. Every
// step is O(1) and none allocates.
class LfuPolicy final : public Policy {
 public:
  LfuPolicy(Nodes& nodes, std::size_t capacity);

  std::size_t size() const override { return size_; }
  void Hit(Slot slot) override;
  Slot Insert(Slot slot) override;
  void Remove(Slot slot) override;
  Slot Evict() override;
  void SetCapacity(std::size_t capacity) override { capacity_ = capacity; }
  void Renumber(Slot, Slot to) override { lists_[nodes_[to].queue].Renumber(to); }
  void Append(std::vector<Slot>* coldest_first) const override;
  void Adopt(std::span<const Slot> coldest_first) override;

 private:
  static constexpr std::uint32_t kExact = 16;
  static constexpr int kMostLooks = 64;

  // The list for so many uses; Node::queue has the one that a slot is in.
  static std::uint32_t LevelOf(std::uint32_t uses);
  void Add(Slot slot, std::uint32_t level);
  void TakeOut(Slot slot);

  std::size_t capacity_;
  std::size_t size_ = 0;
  // By level.
  std::vector<SlotList> lists_;
  // A bit for each list that isn't empty.
  std::uint64_t filled_ = 0;
};

}  // namespace trimtab::runtime::cache
