// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/lfu_policy.h"

#include <bit>

namespace trimtab::runtime::cache {
namespace {

// Those of 0 to 2^24 - 1 uses.
constexpr std::size_t kLevels = 56;

}  // namespace

LfuPolicy::LfuPolicy(Nodes& nodes, std::size_t capacity)
    : Policy(nodes), capacity_(capacity), lists_(kLevels, SlotList(nodes)) {}

std::uint32_t LfuPolicy::LevelOf(std::uint32_t uses) {
  if (uses < kExact) return uses;
  const auto power = static_cast<std::uint32_t>(std::bit_width(uses)) - 1;
  constexpr std::uint32_t kExactPower = 4;
  return kExact + 2 * (power - kExactPower) + (uses >> (power - 1) & 1U);
}

void LfuPolicy::Hit(Slot slot) {
  const Node& node = nodes_[slot];
  if (node.uses > kExact) return;
  const std::uint32_t level = LevelOf(node.uses);
  if (level == node.queue) return;
  TakeOut(slot);
  Add(slot, level);
}

void LfuPolicy::Add(Slot slot, std::uint32_t level) {
  nodes_[slot].queue = level;
  lists_[level].AddNewest(slot);
  filled_ |= std::uint64_t{1} << level;
}

void LfuPolicy::TakeOut(Slot slot) {
  const std::uint32_t level = nodes_[slot].queue;
  lists_[level].Remove(slot);
  if (lists_[level].empty()) filled_ &= ~(std::uint64_t{1} << level);
}

Slot LfuPolicy::Insert(Slot slot) {
  const Slot victim = size_ >= capacity_ ? Evict() : kNoSlot;
  Add(slot, LevelOf(nodes_[slot].uses));
  ++size_;
  return victim;
}

void LfuPolicy::Remove(Slot slot) {
  TakeOut(slot);
  --size_;
}

Slot LfuPolicy::Evict() {
  Slot least = kNoSlot;
  for (int look = 0; look < kMostLooks; ++look) {
    const Slot slot = lists_[static_cast<std::size_t>(std::countr_zero(filled_))].oldest();
    if (least == kNoSlot || nodes_[slot].uses < nodes_[least].uses) least = slot;
    const std::uint32_t level = LevelOf(nodes_[slot].uses);
    if (level == nodes_[slot].queue) {
      least = slot;
      break;
    }
    TakeOut(slot);
    Add(slot, level);
  }
  Remove(least);
  return least;
}

void LfuPolicy::Append(std::vector<Slot>* coldest_first) const {
  for (std::uint64_t left = filled_; left != 0; left &= left - 1) {
    lists_[static_cast<std::size_t>(std::countr_zero(left))].Append(coldest_first);
  }
}

void LfuPolicy::Adopt(std::span<const Slot> coldest_first) {
  for (const Slot slot : coldest_first) Add(slot, LevelOf(nodes_[slot].uses));
  size_ += coldest_first.size();
}

}  // namespace trimtab::runtime::cache
