// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "client/runtime/cache/shadow.h"

namespace trimtab::runtime::cache {

// The keys that a policy chooser is told of: one of two to the power `thinning`,
// or none.
class KeySample {
 public:
  KeySample() = default;
  explicit KeySample(unsigned thinning) : mask_((1ULL << thinning) - 1), wanted_(0) {}

  bool Has(std::uint64_t hash) const {
    // Other bits than those that index and sketch use; inverted, for 0 would be in
    // every sample and is the hash of what is often a popular key.
    return ((~hash * 0xd6e8feb86659fd93ULL) >> 40 & mask_) == wanted_;
  }

 private:
  std::uint64_t mask_ = 0;
  std::uint64_t wanted_ = 1;
};

// Finds the policy that does best on the traffic of late. Every policy is played
// on the same sample of the keys by a shadow as much smaller than the cache as
// the sample is than the traffic; small caches are sampled whole. The policy in
// force gives way once another one's shadow has had so many more hits that they
// make up for the misses that a change may cost: the hits ahead are summed, never
// below none (Page, "Continuous inspection schemes", Biometrika 1954), and must
// reach a share of the capacity. What happens is noted and played some at a time,
// one shadow after the other, so that each finds its own in the processor's cache.
// O(1) a request, amortised; about 60 bytes for each entry of a shadow, of which
// each has 1024 at most. Nothing but Resize() and Clear() allocates. Not
// thread-safe.
class PolicyChooser {
 public:
  // `first` is in force until another is found to do better; W-TinyLFU if it is
  // none that is played.
  PolicyChooser(CachePolicy first, TierSizes sizes);

  // The policy that should be in force.
  CachePolicy choice() const { return shadows_[chosen_]->policy(); }
  // The keys to be told of; others by Resize().
  KeySample sample() const { return KeySample(thinning_); }
  // The cache was asked for `hash` and had it or not; one that it had expires at
  // `expires_at`.
  void OnGet(std::uint64_t hash, bool had, std::int64_t expires_at, std::int64_t now) {
    Note({hash, expires_at, now, had ? Event::Kind::kHit : Event::Kind::kMiss});
  }
  // `hash` was put into the cache.
  void OnPut(std::uint64_t hash, std::int64_t expires_at, std::int64_t now) {
    Note({hash, expires_at, now, Event::Kind::kPut});
  }
  // `hash` was invalidated.
  void OnRemove(std::uint64_t hash) { Note({hash, 0, 0, Event::Kind::kRemove}); }
  void Resize(TierSizes sizes);
  // All entries were invalidated.
  void Clear();

 private:
  static constexpr std::size_t kShadows = 5;
  // Events played at a time: a few microseconds.
  static constexpr std::size_t kEvents = 32;
  // What happened to the cache.
  struct Event {
    enum class Kind : std::uint8_t { kHit, kMiss, kPut, kRemove };
    std::uint64_t hash;
    std::int64_t expires_at;
    std::int64_t now;
    Kind kind;
  };
  // A bit for each shadow.
  using Hits = std::uint8_t;

  void Start();
  void Note(const Event& event) {
    events_[noted_++] = event;
    if (noted_ == kEvents) Play();
  }
  void Play();
  // Whether the shadow had what was asked for.
  static bool PlayOne(Shadow& shadow, const Event& event);
  void Compare(Hits hits);
  // The thinning for `sizes_`, and the sizes of a shadow.
  unsigned Thinning() const;
  TierSizes Thinned() const;

  TierSizes sizes_;
  // The sample is one key of two to this power.
  unsigned thinning_ = 0;
  std::size_t chosen_ = 0;
  std::array<std::unique_ptr<Shadow>, kShadows> shadows_;
  // The first `noted_` have yet to be played.
  std::array<Event, kEvents> events_;
  std::size_t noted_ = 0;
  // Hits that each shadow is ahead of the chosen one.
  std::array<double, kShadows> ahead_{};
};

}  // namespace trimtab::runtime::cache
