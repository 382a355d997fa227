// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/directory.h"

#include <algorithm>

namespace trimtab::runtime::cache {

void Directory::SetExpiry(Slot slot, std::int64_t expires_at) {
  if (nodes_.expires_at(slot) == expires_at) return;
  if (nodes_.expires_at(slot) != kNever) expiry_.Remove(slot);
  tiers_.SetExpiry(slot, expires_at);
  if (expires_at != kNever) AddExpiry(slot, expires_at);
}

void Directory::Reserve(std::size_t entries) {
  nodes_.Reserve(entries);
  index_.Reserve(entries);
  expiry_.Reserve(entries);
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
    nodes_.Add(other.nodes_[theirs[i]]);
    index_.Add(nodes_[slot].hash, slot);
    const std::int64_t expires_at = other.nodes_.expires_at(theirs[i]);
    nodes_.SetExpiresAt(slot, expires_at);
    if (expires_at != kNever) AddExpiry(slot, expires_at);
    ours.push_back(slot);
  }
  tiers_.Adopt(ours);
  return left_out;
}

}  // namespace trimtab::runtime::cache
