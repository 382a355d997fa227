// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "client/runtime/cache/directory.h"

namespace trimtab::runtime::cache {

// A cache without keys and values, to see what another policy would do with the
// same traffic: a miniature simulation. Waldspurger, Saemundsson, Ahmad, Park,
// "Cache modeling and optimization using miniature simulations", ATC 2017. Two
// hashes whose lower halves are equal are one entry. Not thread-safe.
class Shadow {
 public:
  // `policy` isn't kAuto. Nothing but Resize() allocates later.
  Shadow(CachePolicy policy, TierSizes sizes) : directory_(policy, sizes) { Reserve(sizes); }

  CachePolicy policy() const { return directory_.tiers().policy(); }
  // Asks for `hash`: whether it was there.
  bool Ask(std::uint64_t hash, std::int64_t now);
  // Puts in `hash`, or changes when it expires.
  void Put(std::uint64_t hash, std::int64_t expires_at, std::int64_t now);
  void Remove(std::uint64_t hash);
  void Resize(TierSizes sizes);

 private:
  // One comes before another goes.
  void Reserve(TierSizes sizes) { directory_.Reserve(sizes.l1 + sizes.l2 + 1); }
  Slot Find(std::uint64_t hash) const {
    const auto half = static_cast<std::uint32_t>(hash);
    return directory_.Find(hash, [&](Slot slot) { return directory_.node(slot).hash == half; });
  }

  Directory directory_;
};

}  // namespace trimtab::runtime::cache
