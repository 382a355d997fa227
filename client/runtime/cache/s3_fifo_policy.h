// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "client/runtime/cache/ghost_list.h"
#include "client/runtime/cache/policy.h"
#include "client/runtime/cache/slot_list.h"

namespace trimtab::runtime::cache {

// Gives up soon what isn't used again soon. A new slot comes into a small queue
// (10 % of the capacity); at its end it goes on to the main queue if it was used
// more than once, else it is given up and its hash remembered for as long as a
// main queue lasts: one that comes back in that time goes to the main queue at
// once. At the end of the main queue a slot that was used goes round again, up
// to three times. Yang, Zhang, Qiu, Yue, Vigfusson, "FIFO queues are all you need
// for cache eviction", SOSP 2023, algorithm 1. Every step is O(1) amortised.
class S3FifoPolicy final : public Policy {
 public:
  S3FifoPolicy(Nodes& nodes, std::size_t capacity);

  std::size_t size() const override { return small_.size() + main_.size(); }
  void Hit(Slot slot) override;
  Slot Insert(Slot slot) override;
  void Remove(Slot slot) override;
  Slot Evict() override;
  void SetCapacity(std::size_t capacity) override;
  void Renumber(Slot, Slot to) override {
    ((nodes_[to].queue & kMain) != 0 ? main_ : small_).Renumber(to);
  }
  void Append(std::vector<Slot>* coldest_first) const override;
  void Adopt(std::span<const Slot> coldest_first) override;

 private:
  // The uses since a slot came into its queue are kept in Node::queue, with this
  // bit for the main one.
  static constexpr std::uint8_t kMain = 4;
  static constexpr std::uint8_t kUses = 3;

  void Add(Slot slot, std::uint8_t queue);

  std::size_t capacity_ = 0;
  std::size_t small_capacity_ = 0;
  SlotList small_;
  SlotList main_;
  GhostList ghosts_;
};

}  // namespace trimtab::runtime::cache
