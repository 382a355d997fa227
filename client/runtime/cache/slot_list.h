// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "client/runtime/cache/node.h"

namespace trimtab::runtime::cache {

// A queue of slots whose links are in their nodes: nothing is allocated, and
// every step but Append is O(1). A slot is in one list at a time. Not
// thread-safe.
class SlotList {
 public:
  explicit SlotList(Nodes& nodes) : nodes_(&nodes) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // kNoSlot when empty.
  Slot newest() const { return newest_; }
  Slot oldest() const { return oldest_; }

  void AddNewest(Slot slot) {
    Node& node = (*nodes_)[slot];
    node.newer = kNoSlot;
    node.older = newest_;
    (newest_ == kNoSlot ? oldest_ : (*nodes_)[newest_].newer) = slot;
    newest_ = slot;
    ++size_;
  }

  void Remove(Slot slot) {
    const Node& node = (*nodes_)[slot];
    (node.newer == kNoSlot ? newest_ : (*nodes_)[node.newer].older) = node.older;
    (node.older == kNoSlot ? oldest_ : (*nodes_)[node.older].newer) = node.newer;
    --size_;
  }

  void MakeNewest(Slot slot) {
    if (slot == newest_) return;
    Remove(slot);
    AddNewest(slot);
  }

  // Takes out the oldest; not from an empty list.
  Slot TakeOldest() {
    const Slot slot = oldest_;
    Remove(slot);
    return slot;
  }

  // `to` takes the place of another slot, whose node it has a copy of.
  void Renumber(Slot to) {
    const Node& node = (*nodes_)[to];
    (node.newer == kNoSlot ? newest_ : (*nodes_)[node.newer].older) = to;
    (node.older == kNoSlot ? oldest_ : (*nodes_)[node.older].newer) = to;
  }

  // Appends all to `slots`, oldest first.
  void Append(std::vector<Slot>* slots) const {
    for (Slot slot = oldest_; slot != kNoSlot; slot = (*nodes_)[slot].newer) slots->push_back(slot);
  }

 private:
  Nodes* nodes_;
  Slot newest_ = kNoSlot;
  Slot oldest_ = kNoSlot;
  std::size_t size_ = 0;
};

}  // namespace trimtab::runtime::cache
