// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "client/runtime/cache/policy.h"

namespace trimtab::runtime::cache {

// Entries that each tier holds at most. `l1` is positive; without `l2` there is
// one tier.
struct TierSizes {
  std::size_t l1 = 1;
  std::size_t l2 = 0;
  bool operator==(const TierSizes&) const = default;
};

// Two tiers of one policy that share no slot. A slot comes into L1; one that L1
// gives up goes down into L2; a hit in L2 moves up; what L2 gives up is out. With
// LRU that is one LRU of the summed size. Slots only change lists: no entry is
// copied. Not thread-safe. A hit allocates nothing.
class Tiers {
 public:
  // `policy` isn't kAuto. `nodes` must outlive this.
  Tiers(CachePolicy policy, TierSizes sizes, Nodes& nodes);

  CachePolicy policy() const { return policy_; }
  TierSizes sizes() const { return sizes_; }
  // Slots held in tier 0 (L1) or 1 (L2).
  std::size_t held(int tier) const { return tiers_[tier] == nullptr ? 0 : tiers_[tier]->size(); }

  // Takes in `slot`; returns the slot that is out for it (it may be `slot`) or
  // kNoSlot.
  Slot Insert(Slot slot);
  // The entry of `slot` was used. Returns kNoSlot unless L2 has still to shrink;
  // then the slot that is out (it may be `slot`).
  Slot Hit(Slot slot) {
    if (nodes_[slot].tier == 0) {
      tiers_[0]->Hit(slot);
      return kNoSlot;
    }
    return Raise(slot);
  }
  void Remove(Slot slot) { Of(slot).Remove(slot); }
  // See Policy::Renumber().
  void Renumber(Slot from, Slot to) { Of(to).Renumber(from, to); }
  void SetExpiry(Slot slot, std::int64_t expires_at) { Of(slot).SetExpiry(slot, expires_at); }

  // Makes room for every slot that there is, so that no hit allocates.
  void Reserve();

  // Puts another policy, other sizes or both into force. All that fit stay, the
  // hottest in L1. `out` are the slots that are out at once; then each call of
  // Overflow() gives another until it says kNoSlot, which may be spread over
  // time. O(slots held) if the policy changes or slots must change tiers, else
  // O(1) and nothing is out at once.
  void Change(CachePolicy policy, TierSizes sizes, std::vector<Slot>* out);
  Slot Overflow();

  // Appends all, in about the order in which they would be given up.
  void Append(std::vector<Slot>* coldest_first) const;
  // Takes in slots of other tiers, only when empty. Returns how many of the
  // coldest found no place and are out.
  std::size_t Adopt(std::span<const Slot> coldest_first);

 private:
  Policy& Of(Slot slot) { return *tiers_[nodes_[slot].tier]; }
  // A hit in L2.
  Slot Raise(Slot slot);
  // Takes in what L1 gave up.
  Slot Lower(Slot slot);
  void Make();

  Nodes& nodes_;
  CachePolicy policy_;
  TierSizes sizes_;
  // The second is null without an L2.
  std::array<std::unique_ptr<Policy>, 2> tiers_;
};

}  // namespace trimtab::runtime::cache
