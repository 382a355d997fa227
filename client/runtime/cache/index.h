// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "client/runtime/cache/index_hint.h"
#include "client/runtime/cache/node.h"

namespace trimtab::runtime::cache {

// From hashes to slots: open addressing with linear probing, at most half full,
// which is one cache line a search; removal moves back what comes after, so that
// it never fills with marks of what is gone. It doubles when it is full, O(n); 16
// to 32 bytes an entry. Not thread-safe.
class Index {
 public:
  // `hint`, if not null, is told where the places are, and must outlive this.
  explicit Index(IndexHint* hint) : hint_(hint), places_(kLeast) { Publish(); }

  std::size_t size() const { return size_; }

  // Fetches where `hash` would be; needs no lock.
  static void Prefetch(const IndexHint& hint, std::uint64_t hash) {
    hint.Prefetch(hash, sizeof(Placed));
  }

  // The slot with `hash` for which `equal(slot)`, or kNoSlot. `equal` is asked
  // only where half of the bits of the hash agree.
  template <typename Equal>
  Slot Find(std::uint64_t hash, const Equal& equal) const {
    const std::size_t mask = places_.size() - 1;
    for (std::size_t at = hash & mask; places_[at].slot != kNoSlot; at = (at + 1) & mask) {
      if (places_[at].tag == Tag(hash) && equal(places_[at].slot)) return places_[at].slot;
    }
    return kNoSlot;
  }

  // Adding up to `slots` doesn't allocate from now on.
  void Reserve(std::size_t slots) {
    if (const std::size_t places = std::bit_ceil(2 * slots); places > places_.size()) {
      Rebuild(places);
    }
  }
  // `slot` isn't there yet.
  void Add(std::uint64_t hash, Slot slot) {
    if (2 * (size_ + 1) > places_.size()) Rebuild(2 * places_.size());
    Place({slot, Tag(hash)});
    ++size_;
  }

  // `to` takes the place of `from`, which is there with `hash`.
  void Renumber(std::uint64_t hash, Slot from, Slot to) {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = hash & mask;
    while (places_[at].slot != from) at = (at + 1) & mask;
    places_[at].slot = to;
  }

  // Gives back what memory it doesn't need for `slots`, as many as it holds at least.
  void Shrink(std::size_t slots) {
    Rebuild(std::bit_ceil(std::max(kLeast, 2 * std::max(slots, size_))));
  }

  // `slot` is there, with `hash`.
  void Remove(std::uint64_t hash, Slot slot) {
    const std::size_t mask = places_.size() - 1;
    std::size_t hole = hash & mask;
    while (places_[hole].slot != slot) hole = (hole + 1) & mask;
    for (std::size_t at = (hole + 1) & mask; places_[at].slot != kNoSlot; at = (at + 1) & mask) {
      // Stays where it is if its home lies after the hole.
      if (((at - places_[at].tag) & mask) < ((at - hole) & mask)) continue;
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole] = {};
    --size_;
  }

 private:
  static constexpr std::size_t kLeast = 16;
  // The tag has all bits of the hash that choose the place.
  struct Placed {
    Slot slot = kNoSlot;
    std::uint32_t tag = 0;
  };
  static std::uint32_t Tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

  void Place(Placed placed) {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = placed.tag & mask;
    while (places_[at].slot != kNoSlot) at = (at + 1) & mask;
    places_[at] = placed;
  }

  void Rebuild(std::size_t places) {
    const std::vector<Placed> old = std::exchange(places_, std::vector<Placed>(places));
    for (const Placed& placed : old) {
      if (placed.slot != kNoSlot) Place(placed);
    }
    Publish();
  }

  void Publish() {
    if (hint_ != nullptr) hint_->Set(places_.data(), places_.size() - 1);
  }

  IndexHint* hint_;
  std::vector<Placed> places_;
  std::size_t size_ = 0;
};

}  // namespace trimtab::runtime::cache
