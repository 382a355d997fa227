// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/ghost_list.h"

namespace trimtab::runtime::cache {

void GhostList::SetCapacity(std::size_t capacity) {
  if (capacity == ring_.size()) return;
  ring_.assign(capacity, 0);
  added_ = 0;
  when_.clear();
}

void GhostList::Add(std::uint64_t hash) {
  if (ring_.empty()) return;
  std::uint64_t& place = ring_[added_ % ring_.size()];
  if (added_ >= ring_.size()) {
    const auto oldest = when_.find(place);
    // Unless it was taken, or taken and added again since.
    if (oldest != when_.end() && oldest->second + ring_.size() == added_) when_.erase(oldest);
  }
  place = hash;
  when_[hash] = added_++;
}

bool GhostList::Take(std::uint64_t hash) { return when_.erase(hash) > 0; }

}  // namespace trimtab::runtime::cache
