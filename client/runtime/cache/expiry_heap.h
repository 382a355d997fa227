// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "client/runtime/cache/node.h"

namespace trimtab::runtime::cache {

// Slots by when they expire. O(log n) a step, O(1) to add one that expires last,
// as with one time to live for all. Not thread-safe.
class ExpiryHeap {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  // The slot that expires first and its moment; not when empty.
  Slot first() const { return heap_.front().slot; }
  std::int64_t first_at() const { return heap_.front().at; }
  bool Holds(Slot slot) const { return slot < position_.size() && position_[slot] != kNone; }

  // Adding a slot below `slots` doesn't allocate from now on.
  void Reserve(std::size_t slots);
  // Adds `slot`, which it doesn't hold.
  void Add(Slot slot, std::int64_t at);
  // `slot` is held.
  void Remove(Slot slot);
  // `to`, which isn't held, takes the place of `from`, which is.
  void Renumber(Slot from, Slot to);
  // Gives back the memory for slots from `slots` on; none is held.
  void Truncate(std::size_t slots);
  // Appends all to `slots`, the first to expire first. O(n log n).
  void Append(std::vector<Slot>* slots) const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Item {
    std::int64_t at;
    Slot slot;
  };
  void Place(std::size_t position, Item item);
  // Moves `item`, whose place is free, to where it belongs.
  void Rise(std::size_t position, Item item);
  void Sink(std::size_t position, Item item);

  std::vector<Item> heap_;
  // Where in the heap each slot is.
  std::vector<std::uint32_t> position_;
};

}  // namespace trimtab::runtime::cache
