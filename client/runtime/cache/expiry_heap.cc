// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/expiry_heap.h"

#include <algorithm>

namespace trimtab::runtime::cache {

void ExpiryHeap::Place(std::size_t position, Item item) {
  heap_[position] = item;
  position_[item.slot] = static_cast<std::uint32_t>(position);
}

void ExpiryHeap::Rise(std::size_t position, Item item) {
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (heap_[parent].at <= item.at) break;
    Place(position, heap_[parent]);
    position = parent;
  }
  Place(position, item);
}

void ExpiryHeap::Sink(std::size_t position, Item item) {
  while (true) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
    if (item.at <= heap_[child].at) break;
    Place(position, heap_[child]);
    position = child;
  }
  Place(position, item);
}

void ExpiryHeap::Reserve(std::size_t slots) {
  heap_.reserve(slots);
  if (slots > position_.size()) position_.resize(slots, kNone);
}

void ExpiryHeap::Add(Slot slot, std::int64_t at) {
  if (slot >= position_.size()) {
    position_.resize(std::max(2 * position_.size(), slot + std::size_t{1}), kNone);
  }
  heap_.push_back({at, slot});
  Rise(heap_.size() - 1, {at, slot});
}

void ExpiryHeap::Remove(Slot slot) {
  const std::size_t position = position_[slot];
  position_[slot] = kNone;
  const Item last = heap_.back();
  heap_.pop_back();
  if (last.slot == slot) return;
  if (position > 0 && last.at < heap_[(position - 1) / 2].at) {
    Rise(position, last);
  } else {
    Sink(position, last);
  }
}

void ExpiryHeap::Renumber(Slot from, Slot to) {
  const std::uint32_t position = position_[from];
  position_[from] = kNone;
  if (to >= position_.size()) position_.resize(to + std::size_t{1}, kNone);
  position_[to] = position;
  heap_[position].slot = to;
}

void ExpiryHeap::Truncate(std::size_t slots) {
  if (slots < position_.size()) position_.resize(slots);
  position_.shrink_to_fit();
  heap_.shrink_to_fit();
}

void ExpiryHeap::Append(std::vector<Slot>* slots) const {
  std::vector<Item> items = heap_;
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return a.at < b.at; });
  for (const Item& item : items) slots->push_back(item.slot);
}

}  // namespace trimtab::runtime::cache
