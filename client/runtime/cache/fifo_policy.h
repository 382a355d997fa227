// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/runtime/cache/policy.h"
#include "client/runtime/cache/slot_list.h"

namespace trimtab::runtime::cache {

// Gives up the slot taken in first, used or not. Every step is O(1).
class FifoPolicy final : public Policy {
 public:
  FifoPolicy(Nodes& nodes, std::size_t capacity)
      : Policy(nodes), capacity_(capacity), list_(nodes) {}

  std::size_t size() const override { return list_.size(); }
  void Hit(Slot) override {}
  Slot Insert(Slot slot) override {
    const Slot victim = list_.size() >= capacity_ ? list_.TakeOldest() : kNoSlot;
    list_.AddNewest(slot);
    return victim;
  }
  void Remove(Slot slot) override { list_.Remove(slot); }
  Slot Evict() override { return list_.TakeOldest(); }
  void SetCapacity(std::size_t capacity) override { capacity_ = capacity; }
  void Renumber(Slot, Slot to) override { list_.Renumber(to); }
  void Append(std::vector<Slot>* coldest_first) const override { list_.Append(coldest_first); }
  void Adopt(std::span<const Slot> coldest_first) override {
    for (const Slot slot : coldest_first) list_.AddNewest(slot);
  }

 private:
  std::size_t capacity_;
  SlotList list_;
};

}  // namespace trimtab::runtime::cache
