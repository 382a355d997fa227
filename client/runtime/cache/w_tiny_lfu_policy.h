// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/runtime/cache/frequency_sketch.h"
#include "client/runtime/cache/policy.h"
#include "client/runtime/cache/slot_list.h"
#include "daemon/base/random.h"

namespace trimtab::runtime::cache {

// Keeps what was asked for most often of late. A new slot comes into a small
// window (1 % of the capacity); what falls out of it gets into the main part only
// if a sketch of all requests says that it was asked for more often than the one
// it would push out. In the main part a slot on probation that is used again is
// protected (80 % of the part). Einziger, Friedman, Manes, "TinyLFU", ACM ToS 2017,
// section 4, where the three queues are LRU. Here a slot that is used stays where
// it is until somebody looks for one to push out: then one on probation is
// protected and a protected one goes round again, and the sketch is told. So a hit
// does no more than count in the node. Every step is O(1), but for the halving of
// the sketch, O(capacity) once in ten times the capacity.
class WTinyLfuPolicy final : public Policy {
 public:
  WTinyLfuPolicy(Nodes& nodes, std::size_t capacity);

  std::size_t size() const override {
    return window_.size() + probation_.size() + protected_.size();
  }
  void Hit(Slot slot) override;
  Slot Insert(Slot slot) override;
  void Remove(Slot slot) override;
  Slot Evict() override;
  void SetCapacity(std::size_t capacity) override;
  void Renumber(Slot, Slot to) override { ListOf(to).Renumber(to); }
  void Append(std::vector<Slot>* coldest_first) const override;
  void Adopt(std::span<const Slot> coldest_first) override;

 private:
  enum Queue : std::uint8_t { kWindow, kProbation, kProtected };
  // Node::queue has the queue in these bits and above how often the slot was used
  // since the last look at it; more often than this counts as so often.
  static constexpr std::uint32_t kQueues = 3;
  static constexpr std::uint32_t kOneUse = 4;
  static constexpr std::uint32_t kMostUses = 15 * kOneUse;
  // Slots looked at to find one that wasn't used.
  static constexpr int kMostLooks = 16;

  SlotList& ListOf(Slot slot);
  void Add(Slot slot, Queue queue);
  // Tells the sketch of the uses since the last look; whether there were any.
  bool CountUses(Slot slot);
  // The one to push out next: the oldest on probation that wasn't used there.
  // Those that were are protected from now on.
  Slot Victim();
  // Puts those on probation that are too many to be protected, the oldest first.
  void Demote();
  // Whether `candidate` is worth more than `victim`.
  bool Admits(Slot candidate, Slot victim);

  std::size_t capacity_ = 0;
  std::size_t window_capacity_ = 0;
  std::size_t protected_capacity_ = 0;
  FrequencySketch sketch_;
  SlotList window_;
  SlotList probation_;
  SlotList protected_;
  Random random_;
};

}  // namespace trimtab::runtime::cache
