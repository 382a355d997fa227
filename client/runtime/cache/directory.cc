// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/directory.h"

#include <algorithm>

namespace trimtab::runtime::cache {

Slot Directory::Take() {
  if (free_ == kNoSlot) {
    nodes_.emplace_back();
    return static_cast<Slot>(nodes_.size() - 1);
  }
  const Slot slot = free_;
  free_ = nodes_[slot].older;
  return slot;
}

Slot Directory::Insert(Slot slot, std::uint64_t hash, std::int64_t expires_at, std::int64_t now) {
  Node& node = nodes_[slot];
  node = {};
  node.hash = hash;
  node.expires_at = expires_at;
  node.held = true;
  index_.Add(hash, slot);
  if (expires_at != kNever) expiry_.Add(slot, expires_at);
  // Not while there are more to give up than this one: only one can be out.
  const bool full = size() == tiers_.sizes().l1 + tiers_.sizes().l2 + 1;
  const Slot expired = full ? TakeExpired(now) : kNoSlot;
  const Slot out = tiers_.Insert(slot);
  if (out != kNoSlot) Forget(out);
  return out == kNoSlot ? expired : out;
}

void Directory::SetExpiry(Slot slot, std::int64_t expires_at) {
  if (nodes_[slot].expires_at == expires_at) return;
  if (nodes_[slot].expires_at != kNever) expiry_.Remove(slot);
  tiers_.SetExpiry(slot, expires_at);
  if (expires_at != kNever) expiry_.Add(slot, expires_at);
}

void Directory::Remove(Slot slot) {
  tiers_.Remove(slot);
  Forget(slot);
}

Slot Directory::TakeExpired(std::int64_t now) {
  if (expiry_.empty() || expiry_.first_at() > now) return kNoSlot;
  const Slot slot = expiry_.first();
  Remove(slot);
  return slot;
}

void Directory::Forget(Slot slot) {
  index_.Remove(nodes_[slot].hash, slot);
  if (nodes_[slot].expires_at != kNever) expiry_.Remove(slot);
  nodes_[slot].held = false;
}

void Directory::Release(Slot slot) {
  nodes_[slot].older = free_;
  free_ = slot;
}

void Directory::Change(CachePolicy policy, TierSizes sizes, std::vector<Slot>* out) {
  const std::size_t before = out->size();
  tiers_.Change(policy, sizes, out);
  for (std::size_t i = before; i < out->size(); ++i) Forget((*out)[i]);
}

Slot Directory::Overflow() {
  const Slot slot = tiers_.Overflow();
  if (slot != kNoSlot) Forget(slot);
  return slot;
}

std::size_t Directory::AdoptFrom(const Directory& other) {
  std::vector<Slot> theirs;
  other.Append(&theirs);
  const std::size_t most = tiers_.sizes().l1 + tiers_.sizes().l2;
  const std::size_t left_out = theirs.size() - std::min(theirs.size(), most);
  std::vector<Slot> ours;
  for (std::size_t i = left_out; i < theirs.size(); ++i) {
    const auto slot = static_cast<Slot>(nodes_.size());
    nodes_.push_back(other.nodes_[theirs[i]]);
    index_.Add(nodes_.back().hash, slot);
    if (nodes_.back().expires_at != kNever) expiry_.Add(slot, nodes_.back().expires_at);
    ours.push_back(slot);
  }
  tiers_.Adopt(ours);
  return left_out;
}

}  // namespace trimtab::runtime::cache
