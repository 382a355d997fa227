// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace trimtab::runtime::cache {

// Where an entry is kept: a number that is its own from its insertion to its
// removal and is then given to another.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = std::numeric_limits<Slot>::max();

// A moment in nanoseconds of the injected clock; this one never comes.
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// What the bookkeeping knows about the entry of a slot. Two fit a cache line.
struct Node {
  std::uint64_t hash = 0;
  std::int64_t expires_at = kNever;
  // Neighbours in the list that holds the slot.
  Slot newer = kNoSlot;
  Slot older = kNoSlot;
  // Hits since the insertion; stays at its maximum.
  std::uint32_t uses = 0;
  // 0 or 1 while the slot holds an entry.
  std::uint8_t tier = 0;
  // The queue within the policy of the tier; its own affair.
  std::uint8_t queue = 0;
  bool held = false;
};
static_assert(sizeof(Node) == 32);

// The nodes of all slots, indexed by them.
using Nodes = std::vector<Node>;

}  // namespace trimtab::runtime::cache
