// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/directory.h"

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

void Directory::Renumber(Slot from, Slot to) {
  nodes_[to] = nodes_[from];
  const std::int64_t expires_at = nodes_.expires_at(from);
  nodes_.SetExpiresAt(to, expires_at);
  if (expires_at != kNever) expiry_.Renumber(from, to);
  index_.Renumber(nodes_[to].hash, from, to);
  tiers_.Renumber(from, to);
  nodes_[from].held = 0;
}

void Directory::BeginCompaction(std::size_t slots) {
  target_ = static_cast<Slot>(slots);
  compacted_ = static_cast<Slot>(nodes_.size());
  // Those to take are looked for from the lowest on.
  free_ = kNoSlot;
  unseen_ = 0;
}

void Directory::EndCompaction() {
  nodes_.Truncate(target_);
  expiry_.Truncate(target_);
  index_.Shrink(target_);
  reserved_ = 0;
}

}  // namespace trimtab::runtime::cache
