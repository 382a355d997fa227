// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/runtime/cache/frequency_sketch.h"
#include "client/runtime/cache/policy.h"
#include "client/runtime/cache/slot_list.h"
#include "daemon/base/random.h"

namespace trimtab::runtime::cache {

// Keeps what was asked for most often of late. A new slot comes into a small
// window (LRU, 1 % of the capacity); what falls out of it gets into the main
// part only if a sketch of all requests says that it was asked for more often
// than the one it would push out. The main part is a segmented LRU: a slot on
// probation that is used again is protected (80 % of the part). Einziger,
// Friedman, Manes, "TinyLFU", ACM ToS 2017, section 4. A protected slot that is
// used stays where it is and goes round again at the end of its queue instead,
// so that the hits of popular entries cost next to nothing. Every step is O(1),
// but for the halving of the sketch, O(capacity) once in ten times the capacity.
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
  // Node::queue has the queue in these bits, then whether the slot was used while
  // it was protected, and above the uses that the sketch has yet to be told.
  static constexpr std::uint32_t kQueues = 3;
  static constexpr std::uint32_t kUsed = 4;
  static constexpr std::uint32_t kOneUse = 8;
  // Telling the sketch of four costs no more than of one.
  static constexpr std::uint32_t kMostUses = 4 * kOneUse;
  // Protected slots looked at to demote one.
  static constexpr int kMostLooks = 16;

  SlotList& ListOf(Slot slot);
  void Add(Slot slot, Queue queue);
  // Tells the sketch what it wasn't told yet.
  void CountUses(Slot slot);
  // Puts the oldest of the protected ones that are too many on probation.
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
