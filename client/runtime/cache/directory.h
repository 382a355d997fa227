// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "client/runtime/cache/expiry_heap.h"
#include "client/runtime/cache/index.h"
#include "client/runtime/cache/node.h"
#include "client/runtime/cache/tiers.h"

namespace trimtab::runtime::cache {

// All that a cache knows about its entries but their keys and values: which slot
// holds which hash, its tier and place in the policy, when it expires. A slot
// that is out is still readable until Release(). Not thread-safe. A hit
// allocates nothing; everything else O(1) amortised, with an expiry O(log n).
class Directory {
 public:
  // `policy` isn't kAuto.
  // `hint`, if not null, is told of the index, and must outlive this.
  Directory(CachePolicy policy, TierSizes sizes, IndexHint* hint = nullptr)
      : index_(hint), tiers_(policy, sizes, nodes_) {}
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const Tiers& tiers() const { return tiers_; }
  std::size_t size() const { return index_.size(); }
  // Slots there are, held or not: all are below this.
  std::size_t slots() const { return nodes_.size(); }
  const Node& node(Slot slot) const { return nodes_[slot]; }
  std::int64_t expires_at(Slot slot) const { return nodes_.expires_at(slot); }

  // The slot with `hash` for which `equal(slot)`, expired or not, or kNoSlot.
  template <typename Equal>
  Slot Find(std::uint64_t hash, const Equal& equal) const {
    return index_.Find(hash, equal);
  }

  // Taking in up to `entries` doesn't allocate from now on.
  void Reserve(std::size_t entries);

  // A slot for a new entry; Insert() it next.
  Slot Take() {
    if (free_ != kNoSlot) return std::exchange(free_, nodes_[free_].older);
    while (unseen_ < nodes_.size()) {
      if (const Slot slot = unseen_++; !nodes_[slot].held) return slot;
    }
    nodes_.Add();
    return unseen_++;
  }
  // Takes in the entry of a slot from Take(). Returns the slot that is out for
  // it (it may be `slot`) or kNoSlot. `now` is when what has expired goes first.
  Slot Insert(Slot slot, std::uint64_t hash, std::int64_t expires_at, std::int64_t now) {
    Node node;
    node.hash = static_cast<std::uint32_t>(hash);
    node.held = 1;
    nodes_[slot] = node;
    nodes_.SetExpiresAt(slot, expires_at);
    index_.Add(hash, slot);
    if (expires_at != kNever) AddExpiry(slot, expires_at);
    // Not while there are more to give up than this one: only one can be out.
    const bool full = size() == tiers_.sizes().l1 + tiers_.sizes().l2 + 1;
    const Slot expired = full ? TakeExpired(now) : kNoSlot;
    const Slot out = tiers_.Insert(slot);
    if (out != kNoSlot) Forget(out);
    return out == kNoSlot ? expired : out;
  }
  // The entry of `slot` was used. Returns the slot that is out for it: kNoSlot
  // unless the directory has still to shrink.
  Slot Hit(Slot slot) {
    Node& node = nodes_[slot];
    if (node.uses != Node::kMostUses) ++node.uses;
    const Slot out = tiers_.Hit(slot);
    if (out != kNoSlot) Forget(out);
    return out;
  }
  void SetExpiry(Slot slot, std::int64_t expires_at);
  // Puts `slot` out.
  void Remove(Slot slot) {
    tiers_.Remove(slot);
    Forget(slot);
  }
  // A slot whose entry expires at `now` or before, put out; or kNoSlot.
  Slot TakeExpired(std::int64_t now) {
    if (expiry_.empty() || expiry_.first_at() > now) return kNoSlot;
    const Slot slot = expiry_.first();
    Remove(slot);
    return slot;
  }
  // Lets a slot that is out be taken again.
  void Release(Slot slot) {
    if (slot < unseen_) nodes_[slot].older = std::exchange(free_, slot);
  }

  // See Tiers::Change(); slots in `out` and from Overflow() are out.
  void Change(CachePolicy policy, TierSizes sizes, std::vector<Slot>* out);
  Slot Overflow();
  // Appends all that are held, in about the order in which they would go.
  void Append(std::vector<Slot>* coldest_first) const { tiers_.Append(coldest_first); }

  // Renumbers what is held, some slots at a time, so that all is below `slots`,
  // which is more than it holds: begin, call Compact() until it says false, end.
  // Everything else may be called between, but nothing that takes in more.
  void BeginCompaction(std::size_t slots);
  // Looks at `steps` slots; `move(from, to)` moves the entry of one. Whether there
  // are more.
  template <typename Move>
  bool Compact(std::size_t steps, const Move& move) {
    for (; steps > 0 && compacted_ > target_; --steps) {
      const Slot from = --compacted_;
      if (!nodes_[from].held) continue;
      const Slot to = Take();
      move(from, to);
      Renumber(from, to);
    }
    return compacted_ > target_;
  }
  // Gives back the memory: O(slots), but no more than a copy of some bytes each.
  void EndCompaction();

 private:
  void Renumber(Slot from, Slot to);
  // `slot` has an end now.
  void AddExpiry(Slot slot, std::int64_t expires_at) {
    expiry_.Add(slot, expires_at);
    if (nodes_.capacity() == reserved_) return;
    reserved_ = nodes_.capacity();
    tiers_.Reserve();
  }
  // Takes `slot`, which is in no tier any more, out of the rest.
  void Forget(Slot slot) {
    index_.Remove(nodes_[slot].hash, slot);
    if (nodes_.expires_at(slot) != kNever) expiry_.Remove(slot);
    nodes_[slot].held = 0;
  }

  Nodes nodes_;
  Index index_;
  ExpiryHeap expiry_;
  Tiers tiers_;
  // Slots to take again, linked by Node::older, but for those from `unseen_` on
  // that aren't held: after a compaction nobody has looked for them yet.
  Slot free_ = kNoSlot;
  Slot unseen_ = 0;
  // Of a compaction: all slots from here on are done, all are to be below that.
  Slot compacted_ = 0;
  Slot target_ = 0;
  // What the tiers have made room for.
  std::size_t reserved_ = 0;
};

}  // namespace trimtab::runtime::cache
