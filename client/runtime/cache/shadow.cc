// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/shadow.h"

#include <vector>

namespace trimtab::runtime::cache {

bool Shadow::Ask(std::uint64_t hash, std::int64_t now) {
  const Slot slot = Find(hash);
  if (slot == kNoSlot) return false;
  if (directory_.expires_at(slot) <= now) {
    directory_.Remove(slot);
    directory_.Release(slot);
    return false;
  }
  const Slot out = directory_.Hit(slot);
  if (out != kNoSlot) directory_.Release(out);
  return true;
}

void Shadow::Put(std::uint64_t hash, std::int64_t expires_at, std::int64_t now) {
  const Slot held = Find(hash);
  if (held != kNoSlot) {
    directory_.SetExpiry(held, expires_at);
    return;
  }
  const Slot out = directory_.Insert(directory_.Take(), hash, expires_at, now);
  if (out != kNoSlot) directory_.Release(out);
}

void Shadow::Remove(std::uint64_t hash) {
  const Slot slot = Find(hash);
  if (slot == kNoSlot) return;
  directory_.Remove(slot);
  directory_.Release(slot);
}

void Shadow::Resize(TierSizes sizes) {
  Reserve(sizes);
  std::vector<Slot> out;
  directory_.Change(policy(), sizes, &out);
  for (const Slot slot : out) directory_.Release(slot);
  for (Slot slot; (slot = directory_.Overflow()) != kNoSlot;) directory_.Release(slot);
}

}  // namespace trimtab::runtime::cache
