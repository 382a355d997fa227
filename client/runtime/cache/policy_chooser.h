// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "client/runtime/cache/shadow.h"

namespace trimtab::runtime::cache {

// Finds the policy that does best on the traffic of late. Every policy is played
// on the same sample of the keys by a shadow as much smaller than the cache as
// the sample is than the traffic; small caches are sampled whole. The policy in
// force gives way once another one's shadow has had so many more hits that they
// make up for the misses that a change may cost: the hits ahead are summed, never
// below none (Page, "Continuous inspection schemes", Biometrika 1954), and must
// reach a share of the capacity. O(1) a request, for sampled ones some 300 ns;
// about 60 bytes for each entry of a shadow, of which each has 1024 at most. Not
// thread-safe.
class PolicyChooser {
 public:
  // `first` is in force until another is found to do better; W-TinyLFU if it is
  // none that is played.
  PolicyChooser(CachePolicy first, TierSizes sizes);

  // The policy that should be in force.
  CachePolicy choice() const { return shadows_[chosen_]->policy(); }
  // Whether `hash` is in the sample: the others need not be told about.
  bool Samples(std::uint64_t hash) const {
    // Other bits than those that index and sketch use.
    return ((hash * 0xd6e8feb86659fd93ULL) >> 40 & ((1ULL << thinning_) - 1)) == 0;
  }
  // The cache was asked for `hash` and had it or not; one that it had expires at
  // `expires_at`. Whether choice() changed.
  bool OnGet(std::uint64_t hash, bool had, std::int64_t expires_at, std::int64_t now);
  // `hash` was put into the cache.
  void OnPut(std::uint64_t hash, std::int64_t expires_at, std::int64_t now);
  // `hash` was invalidated.
  void OnRemove(std::uint64_t hash);
  void Resize(TierSizes sizes);
  // All entries were invalidated.
  void Clear();

 private:
  static constexpr std::size_t kShadows = 5;

  void Start();
  // The thinning for `sizes_`, and the sizes of a shadow.
  unsigned Thinning() const;
  TierSizes Thinned() const;

  TierSizes sizes_;
  // The sample is one key of two to this power.
  unsigned thinning_ = 0;
  std::size_t chosen_ = 0;
  std::array<std::unique_ptr<Shadow>, kShadows> shadows_;
  // Hits that each shadow is ahead of the chosen one.
  std::array<double, kShadows> ahead_{};
};

}  // namespace trimtab::runtime::cache
