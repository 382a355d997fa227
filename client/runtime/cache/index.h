// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "client/runtime/cache/index_hint.h"
#include "client/runtime/cache/node.h"

namespace trimtab::runtime::cache {

// From hashes to slots. A hash belongs to one bucket, a cache line of seven
// places that are compared at once; what doesn't fit goes on to the next buckets,
// and each bucket counts what went past it, so that a search stops early and a
// removal leaves nothing behind (as Bronson and Shi have it in F14,
// "Open-sourcing F14 for faster, more memory-efficient hash tables", 2019). It
// doubles when 5/7 full, O(n); 13 to 26 bytes an entry. Not thread-safe.
class Index {
 public:
  // `hint`, if not null, is told where the buckets are, and must outlive this.
  explicit Index(IndexHint* hint) : hint_(hint), buckets_(1) { Publish(); }

  std::size_t size() const { return size_; }

  // Fetches where `hash` would be; needs no lock.
  static void Prefetch(const IndexHint& hint, std::uint64_t hash) { hint.Prefetch(Wanted(hash)); }

  // The slot with `hash` for which `equal(slot)`, or kNoSlot. `equal` is asked
  // only where 31 bits of the hash agree.
  template <typename Equal>
  Slot Find(std::uint64_t hash, const Equal& equal) const {
    const std::uint32_t tag = Tag(hash);
    for (std::size_t at = Home(hash);; at = Next(at)) {
      const Bucket& bucket = buckets_[at];
      for (unsigned match = Match(bucket.tags, tag); match != 0; match &= match - 1) {
        const Slot slot = bucket.slots[__builtin_ctz(match)];
        if (equal(slot)) return slot;
      }
      if (bucket.passed == 0) return kNoSlot;
    }
  }

  // `slot` isn't there yet.
  void Add(std::uint64_t hash, Slot slot) {
    if (size_ + 1 > kFill * buckets_.size()) Rebuild(2 * buckets_.size());
    Place(Home(hash), Tag(hash), slot);
    ++size_;
  }

  // `slot` is there, with `hash`.
  void Remove(std::uint64_t hash, Slot slot) {
    for (std::size_t at = Home(hash);; at = Next(at)) {
      Bucket& bucket = buckets_[at];
      for (unsigned match = Match(bucket.tags, Tag(hash)); match != 0; match &= match - 1) {
        const int place = __builtin_ctz(match);
        if (bucket.slots[place] != slot) continue;
        bucket.tags[place] = kEmpty;
        --size_;
        return;
      }
      --bucket.passed;
    }
  }

 private:
  static constexpr std::size_t kPlaces = 7;
  static constexpr std::size_t kFill = 5;
  static constexpr std::uint32_t kEmpty = 0;
  using Tags = std::array<std::uint32_t, kPlaces + 1>;
  struct alignas(64) Bucket {
    // The last is always empty.
    Tags tags{};
    std::array<Slot, kPlaces> slots{};
    // Entries of this bucket or those before that are in a later one.
    std::uint32_t passed = 0;
  };
  static_assert(sizeof(Bucket) == 64);

  // Odd, so none is kEmpty. It has the bits that choose the bucket.
  static std::uint32_t Tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash) | 1U; }
  // The bucket, but for what there are too few of. The lowest bit of the hash
  // isn't in the tag.
  static std::size_t Wanted(std::uint64_t hash) { return static_cast<std::uint32_t>(hash) >> 1; }
  std::size_t Home(std::uint64_t hash) const { return Wanted(hash) & (buckets_.size() - 1); }
  std::size_t Next(std::size_t at) const { return (at + 1) & (buckets_.size() - 1); }

  // The places with `tag`, a bit each.
  static unsigned Match(const Tags& tags, std::uint32_t tag) {
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(tag));
    const auto equal = [&](std::size_t i) {
      const auto* four = reinterpret_cast<const __m128i*>(&tags[i]);
      return static_cast<unsigned>(
          _mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(_mm_load_si128(four), wanted))));
    };
    return equal(0) | equal(4) << 4;
#else
    unsigned match = 0;
    for (std::size_t i = 0; i < tags.size(); ++i) {
      match |= static_cast<unsigned>(tags[i] == tag) << i;
    }
    return match;
#endif
  }

  void Place(std::size_t at, std::uint32_t tag, Slot slot) {
    while (true) {
      Bucket& bucket = buckets_[at];
      const unsigned empty = Match(bucket.tags, kEmpty) & ((1U << kPlaces) - 1);
      if (empty != 0) {
        const int place = __builtin_ctz(empty);
        bucket.tags[place] = tag;
        bucket.slots[place] = slot;
        return;
      }
      ++bucket.passed;
      at = Next(at);
    }
  }

  void Rebuild(std::size_t buckets) {
    const std::vector<Bucket> old = std::exchange(buckets_, std::vector<Bucket>(buckets));
    for (const Bucket& bucket : old) {
      for (std::size_t i = 0; i < kPlaces; ++i) {
        if (bucket.tags[i] != kEmpty) Place(Home(bucket.tags[i]), bucket.tags[i], bucket.slots[i]);
      }
    }
    Publish();
  }

  void Publish() {
    if (hint_ != nullptr) hint_->Set(buckets_.data(), buckets_.size() - 1);
  }

  IndexHint* hint_;
  std::vector<Bucket> buckets_;
  std::size_t size_ = 0;
};

}  // namespace trimtab::runtime::cache
