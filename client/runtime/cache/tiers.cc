// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/tiers.h"

#include <algorithm>

namespace trimtab::runtime::cache {

Tiers::Tiers(CachePolicy policy, TierSizes sizes, Nodes& nodes)
    : nodes_(nodes), policy_(policy), sizes_(sizes) {
  Make();
}

void Tiers::Make() {
  tiers_[0] = MakePolicy(policy_, nodes_, sizes_.l1);
  tiers_[1] = sizes_.l2 == 0 ? nullptr : MakePolicy(policy_, nodes_, sizes_.l2);
}

void Tiers::Reserve() {
  for (const auto& tier : tiers_) {
    if (tier != nullptr) tier->Reserve();
  }
}

Slot Tiers::Insert(Slot slot) {
  nodes_[slot].tier = 0;
  const Slot down = tiers_[0]->Insert(slot);
  return down == kNoSlot ? kNoSlot : Lower(down);
}

Slot Tiers::Lower(Slot slot) {
  if (tiers_[1] == nullptr) return slot;
  nodes_[slot].tier = 1;
  return tiers_[1]->Insert(slot);
}

Slot Tiers::Raise(Slot slot) {
  tiers_[1]->Remove(slot);
  return Insert(slot);
}

void Tiers::Change(CachePolicy policy, TierSizes sizes, std::vector<Slot>* out) {
  const bool stays = policy == policy_ && (sizes.l2 == 0) == (sizes_.l2 == 0) &&
                     (held(1) <= sizes.l2 || held(0) >= sizes.l1);
  policy_ = policy;
  sizes_ = sizes;
  if (stays) {
    tiers_[0]->SetCapacity(sizes.l1);
    if (tiers_[1] != nullptr) tiers_[1]->SetCapacity(sizes.l2);
    return;
  }
  std::vector<Slot> slots;
  Append(&slots);
  Make();
  if (nodes_.AnyExpires()) Reserve();
  const std::size_t left_out = Adopt(slots);
  out->insert(out->end(), slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(left_out));
}

Slot Tiers::Overflow() {
  while (held(0) > sizes_.l1) {
    const Slot out = Lower(tiers_[0]->Evict());
    if (out != kNoSlot) return out;
  }
  return held(1) > sizes_.l2 ? tiers_[1]->Evict() : kNoSlot;
}

void Tiers::Append(std::vector<Slot>* coldest_first) const {
  if (tiers_[1] != nullptr) tiers_[1]->Append(coldest_first);
  tiers_[0]->Append(coldest_first);
}

std::size_t Tiers::Adopt(std::span<const Slot> coldest_first) {
  const std::size_t in_l1 = std::min(coldest_first.size(), sizes_.l1);
  const std::size_t in_l2 = std::min(coldest_first.size() - in_l1, sizes_.l2);
  const std::size_t left_out = coldest_first.size() - in_l1 - in_l2;
  const auto l2 = coldest_first.subspan(left_out, in_l2);
  const auto l1 = coldest_first.last(in_l1);
  for (const Slot slot : l1) nodes_[slot].tier = 0;
  for (const Slot slot : l2) nodes_[slot].tier = 1;
  tiers_[0]->Adopt(l1);
  if (tiers_[1] != nullptr) tiers_[1]->Adopt(l2);
  return left_out;
}

}  // namespace trimtab::runtime::cache
