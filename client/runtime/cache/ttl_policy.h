// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/runtime/cache/expiry_heap.h"
#include "client/runtime/cache/policy.h"
#include "client/runtime/cache/slot_list.h"

namespace trimtab::runtime::cache {

// Gives up the slot that expires first, used or not; those that never expire
// come last, in order of arrival. O(log n) to take in and to give up one that
// expires, O(1) otherwise.
class TtlPolicy final : public Policy {
 public:
  TtlPolicy(Nodes& nodes, std::size_t capacity)
      : Policy(nodes), capacity_(capacity), lasting_(nodes) {}

  std::size_t size() const override { return expiring_.size() + lasting_.size(); }
  void Hit(Slot) override {}
  Slot Insert(Slot slot) override {
    const Slot victim = size() >= capacity_ ? Evict() : kNoSlot;
    Add(slot);
    return victim;
  }
  void Remove(Slot slot) override {
    if (expiring_.Holds(slot)) {
      expiring_.Remove(slot);
    } else {
      lasting_.Remove(slot);
    }
  }
  Slot Evict() override {
    const Slot victim = expiring_.empty() ? lasting_.oldest() : expiring_.first();
    Remove(victim);
    return victim;
  }
  void SetCapacity(std::size_t capacity) override { capacity_ = capacity; }
  void SetExpiry(Slot slot, std::int64_t expires_at) override {
    Remove(slot);
    Policy::SetExpiry(slot, expires_at);
    Add(slot);
  }
  void Renumber(Slot from, Slot to) override {
    if (expiring_.Holds(from)) {
      expiring_.Renumber(from, to);
    } else {
      lasting_.Renumber(to);
    }
  }
  void Reserve() override { expiring_.Reserve(nodes_.capacity()); }
  void Append(std::vector<Slot>* coldest_first) const override {
    expiring_.Append(coldest_first);
    lasting_.Append(coldest_first);
  }
  void Adopt(std::span<const Slot> coldest_first) override {
    for (const Slot slot : coldest_first) Add(slot);
  }

 private:
  void Add(Slot slot) {
    if (nodes_.expires_at(slot) == kNever) {
      lasting_.AddNewest(slot);
    } else {
      expiring_.Add(slot, nodes_.expires_at(slot));
    }
  }

  std::size_t capacity_;
  ExpiryHeap expiring_;
  SlotList lasting_;
};

}  // namespace trimtab::runtime::cache
