// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/ghost_list.h"

namespace trimtab::runtime::cache {

void GhostList::SetCapacity(std::size_t capacity) {
  if (capacity == capacity_ && !lines_.empty()) return;
  capacity_ = static_cast<std::uint32_t>(capacity);
  // What was never filled is too old to count.
  added_ = capacity_;
  lines_.assign(capacity * 3 / 2 / kWays + 1, Line());
}

void GhostList::Add(std::uint32_t hash) {
  Line& line = LineOf(hash);
  std::size_t place = 0;
  for (std::size_t i = 0; i < kWays; ++i) {
    if (line.hashes[i] == hash) {
      place = i;
      break;
    }
    if (Age(line.added[i]) > Age(line.added[place])) place = i;
  }
  line.hashes[place] = hash;
  line.added[place] = ++added_;
}

bool GhostList::Take(std::uint32_t hash) {
  Line& line = LineOf(hash);
  for (std::size_t i = 0; i < kWays; ++i) {
    if (line.hashes[i] != hash) continue;
    const bool remembered = Age(line.added[i]) < capacity_;
    line.added[i] = added_ - capacity_;
    return remembered;
  }
  return false;
}

}  // namespace trimtab::runtime::cache
