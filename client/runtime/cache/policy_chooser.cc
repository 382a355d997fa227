// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/policy_chooser.h"

#include <algorithm>

namespace trimtab::runtime::cache {
namespace {

// The first is what to begin with. kTtl isn't among them: it is chosen for
// what entries mean, not for the traffic.
constexpr std::array kPolicies = {CachePolicy::kWTinyLfu, CachePolicy::kLru, CachePolicy::kS3Fifo,
                                  CachePolicy::kLfu, CachePolicy::kFifo};
// Up to this size a cache is played whole, ...
constexpr std::size_t kPlayedWhole = 1024;
// ... above, a shadow holds from this many entries up to twice as many less one.
constexpr std::size_t kShadowEntries = 128;
// A policy must be ahead by this share of the shadow's capacity ...
constexpr double kChangeCost = 0.25;
// ... and by so many hits.
constexpr double kLeastAhead = 32;

}  // namespace

PolicyChooser::PolicyChooser(CachePolicy first, TierSizes sizes) : sizes_(sizes) {
  for (std::size_t i = 0; i < kShadows; ++i) {
    if (kPolicies[i] == first) chosen_ = i;
  }
  Start();
}

unsigned PolicyChooser::Thinning() const {
  unsigned thinning = 0;
  if (sizes_.l1 + sizes_.l2 <= kPlayedWhole) return thinning;
  while ((sizes_.l1 + sizes_.l2) >> (thinning + 1) >= kShadowEntries) ++thinning;
  return thinning;
}

void PolicyChooser::Start() {
  thinning_ = Thinning();
  for (std::size_t i = 0; i < kShadows; ++i) {
    shadows_[i] = std::make_unique<Shadow>(kPolicies[i], Thinned());
  }
  ahead_.fill(0);
  noted_ = 0;
}

TierSizes PolicyChooser::Thinned() const {
  return {std::max<std::size_t>(1, sizes_.l1 >> thinning_), sizes_.l2 >> thinning_};
}

bool PolicyChooser::PlayOne(Shadow& shadow, const Event& event) {
  switch (event.kind) {
    case Event::Kind::kPut:
      shadow.Put(event.hash, event.expires_at, event.now);
      return false;
    case Event::Kind::kRemove:
      shadow.Remove(event.hash);
      return false;
    default:
      break;
  }
  if (shadow.Ask(event.hash, event.now)) return true;
  // On a miss the entry comes when it is put in.
  if (event.kind == Event::Kind::kHit) shadow.Put(event.hash, event.expires_at, event.now);
  return false;
}

void PolicyChooser::Play() {
  std::array<Hits, kEvents> hits{};
  for (std::size_t i = 0; i < kShadows; ++i) {
    for (std::size_t j = 0; j < noted_; ++j) {
      if (PlayOne(*shadows_[i], events_[j])) hits[j] |= static_cast<Hits>(1U << i);
    }
  }
  for (std::size_t j = 0; j < noted_; ++j) Compare(hits[j]);
  noted_ = 0;
}

void PolicyChooser::Compare(Hits hits) {
  constexpr Hits kAll = (1U << kShadows) - 1;
  if (hits == 0 || hits == kAll) return;
  const double had = hits >> chosen_ & 1U;
  std::size_t best = chosen_;
  for (std::size_t i = 0; i < kShadows; ++i) {
    ahead_[i] = std::max(0.0, ahead_[i] + (hits >> i & 1U) - had);
    if (ahead_[i] > ahead_[best]) best = i;
  }
  const TierSizes sizes = Thinned();
  const double cost = kChangeCost * static_cast<double>(sizes.l1 + sizes.l2);
  if (ahead_[best] < std::max(kLeastAhead, cost)) return;
  chosen_ = best;
  ahead_.fill(0);
}

void PolicyChooser::Resize(TierSizes sizes) {
  Play();
  sizes_ = sizes;
  if (Thinning() != thinning_) {
    Start();
    return;
  }
  for (const auto& shadow : shadows_) shadow->Resize(Thinned());
}

void PolicyChooser::Clear() { Start(); }

}  // namespace trimtab::runtime::cache
