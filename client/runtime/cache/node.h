// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
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

// What the bookkeeping knows about the entry of a slot. Four fit a cache line.
struct Node {
  static constexpr std::uint32_t kMostUses = (1U << 24) - 1;

  // The lower half of the key's hash.
  std::uint32_t hash = 0;
  // Neighbours in the list that holds the slot.
  Slot newer = kNoSlot;
  Slot older = kNoSlot;
  // Hits since the insertion; stays at its maximum.
  std::uint32_t uses : 24 = 0;
  // What the policy of the tier notes; its own affair.
  std::uint32_t queue : 6 = 0;
  // 0 or 1 while the slot holds an entry.
  std::uint32_t tier : 1 = 0;
  std::uint32_t held : 1 = 0;
};
static_assert(sizeof(Node) == 16);

// The nodes of all slots, indexed by them, and when their entries expire, which
// takes room only once one does.
class Nodes {
 public:
  Node& operator[](Slot slot) { return nodes_[slot]; }
  const Node& operator[](Slot slot) const { return nodes_[slot]; }
  std::size_t size() const { return nodes_.size(); }
  std::size_t capacity() const { return nodes_.capacity(); }
  void Add(const Node& node = {}) { nodes_.push_back(node); }
  void Reserve(std::size_t slots) {
    nodes_.reserve(slots);
    expires_at_.reserve(nodes_.capacity());
  }

  // Gives back the memory of slots from `slots` on.
  void Truncate(std::size_t slots) {
    nodes_.resize(std::min(slots, nodes_.size()));
    nodes_.shrink_to_fit();
    expires_at_.resize(std::min(slots, expires_at_.size()));
    expires_at_.shrink_to_fit();
  }

  // Whether any entry ever had an end.
  bool AnyExpires() const { return !expires_at_.empty(); }

  std::int64_t expires_at(Slot slot) const {
    return slot < expires_at_.size() ? expires_at_[slot] : kNever;
  }
  void SetExpiresAt(Slot slot, std::int64_t at) {
    if (slot >= expires_at_.size()) {
      if (at == kNever) return;
      expires_at_.resize(std::max<std::size_t>(nodes_.capacity(), slot + std::size_t{1}), kNever);
    }
    expires_at_[slot] = at;
  }

 private:
  std::vector<Node> nodes_;
  // As far as any slot needed it.
  std::vector<std::int64_t> expires_at_;
};

}  // namespace trimtab::runtime::cache
