// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/w_tiny_lfu_policy.h"

#include <algorithm>

namespace trimtab::runtime::cache {
namespace {

constexpr std::size_t kWindowPercent = 1;
constexpr std::size_t kProtectedPercent = 80;
// A candidate at least so frequent gets in by chance now and then, so that
// nobody can lock the cache by asking for keys that collide in the sketch.
constexpr std::uint32_t kFrequent = 6;
constexpr std::uint64_t kChanceOneIn = 128;

}  // namespace

WTinyLfuPolicy::WTinyLfuPolicy(Nodes& nodes, std::size_t capacity)
    : Policy(nodes),
      sketch_(capacity),
      window_(nodes),
      probation_(nodes),
      protected_(nodes),
      random_(capacity) {
  SetCapacity(capacity);
}

SlotList& WTinyLfuPolicy::ListOf(Slot slot) {
  switch (nodes_[slot].queue & kQueues) {
    case kWindow:
      return window_;
    case kProbation:
      return probation_;
    default:
      return protected_;
  }
}

void WTinyLfuPolicy::Add(Slot slot, Queue queue) {
  nodes_[slot].queue = (nodes_[slot].queue & ~kQueues) | queue;
  ListOf(slot).AddNewest(slot);
}

void WTinyLfuPolicy::Hit(Slot slot) {
  Node& node = nodes_[slot];
  if (node.queue < kMostUses) node.queue += kOneUse;
}

bool WTinyLfuPolicy::CountUses(Slot slot) {
  Node& node = nodes_[slot];
  if (node.queue < kOneUse) return false;
  sketch_.Add(node.hash, node.queue / kOneUse);
  node.queue &= kQueues;
  return true;
}

Slot WTinyLfuPolicy::Victim() {
  for (int looks = 0; !probation_.empty(); ++looks) {
    const Slot slot = probation_.oldest();
    if (!CountUses(slot) || looks == kMostLooks) return slot;
    probation_.Remove(slot);
    Add(slot, kProtected);
    Demote();
  }
  return protected_.oldest();
}

void WTinyLfuPolicy::Demote() {
  for (int looks = 0; protected_.size() > protected_capacity_; ++looks) {
    const Slot slot = protected_.TakeOldest();
    Add(slot, CountUses(slot) && looks % kMostLooks != kMostLooks - 1 ? kProtected : kProbation);
  }
}

bool WTinyLfuPolicy::Admits(Slot candidate, Slot victim) {
  CountUses(candidate);
  CountUses(victim);
  const std::uint32_t candidates = sketch_.Estimate(nodes_[candidate].hash);
  if (candidates > sketch_.Estimate(nodes_[victim].hash)) return true;
  return candidates >= kFrequent && random_.Next() % kChanceOneIn == 0;
}

Slot WTinyLfuPolicy::Insert(Slot slot) {
  sketch_.Add(nodes_[slot].hash, 1);
  nodes_[slot].queue = kWindow;
  window_.AddNewest(slot);
  if (window_.size() <= window_capacity_) return size() > capacity_ ? Evict() : kNoSlot;
  const Slot candidate = window_.TakeOldest();
  if (size() < capacity_) {
    Add(candidate, kProbation);
    return kNoSlot;
  }
  const Slot victim = Victim();
  if (victim == kNoSlot || !Admits(candidate, victim)) return candidate;
  ListOf(victim).Remove(victim);
  Add(candidate, kProbation);
  return victim;
}

void WTinyLfuPolicy::Remove(Slot slot) {
  CountUses(slot);
  ListOf(slot).Remove(slot);
}

Slot WTinyLfuPolicy::Evict() {
  if (window_.size() > window_capacity_) return window_.TakeOldest();
  if (!probation_.empty()) return probation_.TakeOldest();
  return protected_.empty() ? window_.TakeOldest() : protected_.TakeOldest();
}

void WTinyLfuPolicy::SetCapacity(std::size_t capacity) {
  capacity_ = capacity;
  window_capacity_ = std::max<std::size_t>(1, capacity * kWindowPercent / 100);
  protected_capacity_ = (capacity - window_capacity_) * kProtectedPercent / 100;
  Demote();
  // A sketch too small collides, one too large ages late.
  if (capacity > 2 * sketch_.capacity() || 4 * capacity < sketch_.capacity()) {
    FrequencySketch fresh(capacity);
    std::vector<Slot> slots;
    Append(&slots);
    for (const Slot slot : slots) fresh.Add(nodes_[slot].hash, sketch_.Estimate(nodes_[slot].hash));
    sketch_ = std::move(fresh);
  }
}

void WTinyLfuPolicy::Append(std::vector<Slot>* coldest_first) const {
  probation_.Append(coldest_first);
  window_.Append(coldest_first);
  protected_.Append(coldest_first);
}

void WTinyLfuPolicy::Adopt(std::span<const Slot> coldest_first) {
  std::size_t left = coldest_first.size();
  for (const Slot slot : coldest_first) {
    sketch_.Add(nodes_[slot].hash, std::min<std::uint32_t>(nodes_[slot].uses, 14) + 1);
    nodes_[slot].queue = 0;
    Add(slot, left-- > protected_capacity_ ? kProbation : kProtected);
  }
}

}  // namespace trimtab::runtime::cache
