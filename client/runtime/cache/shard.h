// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "client/runtime/cache/cache_stats.h"
#include "client/runtime/cache/directory.h"
#include "client/runtime/cache/entry_slab.h"
#include "client/runtime/cache/flights.h"
#include "client/runtime/cache/policy_chooser.h"
#include "client/runtime/cache/spin_lock.h"
#include "daemon/base/clock.h"

namespace trimtab::runtime::cache {

// The part of a cache that one lock guards: some of the keys, with their
// entries, their loads and the policy. `Hash` is what the owner hashes keys with
// before it mixes them. Thread-safe.
template <typename Key, typename Value, typename Hash>
class Shard {
 public:
  using FlightPtr = std::shared_ptr<Flight<Value>>;
  using Joined = cache::Joined<Value>;

  Shard(CachePolicy policy, TierSizes sizes, Clock& clock) : clock_(clock) {
    const SpinLockHolder lock(mutex_);
    if (policy == CachePolicy::kAuto) {
      chooser_ = std::make_unique<PolicyChooser>(policy, sizes);
      sample_ = chooser_->sample();
    }
    directory_ = std::make_unique<Directory>(chooser_ == nullptr ? policy : chooser_->choice(),
                                             sizes, &hint_);
  }
  ~Shard() { Clear(); }
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Calls visit(value) under the lock and counts a hit, or counts a miss.
  template <typename Visit>
  bool Get(std::uint64_t hash, const Key& key, const Visit& visit) {
    Index::Prefetch(hint_, hash);
    const SpinLockHolder lock(mutex_);
    return GetLocked(hash, key, visit);
  }

  // A load of the key that runs does not count any more.
  void Put(std::uint64_t hash, const Key& key, Value value, Duration ttl) {
    const SpinLockHolder lock(mutex_);
    flights_.Drop(key);
    PutLocked(hash, key, std::move(value), ttl);
  }

  // Whether there was an entry. A load of the key that runs does not count.
  bool Remove(std::uint64_t hash, const Key& key) {
    const SpinLockHolder lock(mutex_);
    flights_.Drop(key);
    if (sample_.Has(hash)) chooser_->OnRemove(hash);
    const Slot slot = Find(hash, key);
    if (slot == kNoSlot) return false;
    const bool expired = Expired(slot);
    directory_->Remove(slot);
    ++(expired ? stats_.expirations : stats_.invalidations);
    End(slot);
    return !expired;
  }

  void Clear() {
    const SpinLockHolder lock(mutex_);
    flights_.DropAll();
    std::vector<Slot> slots;
    directory_->Append(&slots);
    for (const Slot slot : slots) {
      directory_->Remove(slot);
      ++stats_.invalidations;
      End(slot);
    }
    if (chooser_ != nullptr) chooser_->Clear();
  }

  // Like Get(); on a miss joins the load that runs for the key or begins one,
  // which stops when `stop` says so.
  template <typename Visit>
  Joined GetOrJoin(std::uint64_t hash, const Key& key, const std::stop_source& stop,
                   const Visit& visit) {
    const SpinLockHolder lock(mutex_);
    if (GetLocked(hash, key, visit)) return {};
    Joined joined = flights_.JoinOrBegin(key, stop);
    ++(joined.begun ? stats_.loads : stats_.shared_loads);
    return joined;
  }

  // Begins a load if there is no entry and no load that somebody waits for. Not
  // counted as a request; without a flight if there was nothing to begin, and
  // then `held` says whether there is an entry.
  Joined BeginIfMissing(std::uint64_t hash, const Key& key, const std::stop_source& stop,
                        bool* held) {
    const SpinLockHolder lock(mutex_);
    const Slot slot = Find(hash, key);
    *held = slot != kNoSlot && !Expired(slot);
    if (*held) return {};
    Joined joined = flights_.BeginUnlessWaited(key, stop);
    if (joined.begun) ++stats_.loads;
    return joined;
  }

  // The end of a load: puts in its value if it still counts, then tells all who
  // wait.
  void Land(std::uint64_t hash, const Key& key, const FlightPtr& flight,
            absl::StatusOr<Value> result, Duration ttl) {
    {
      const SpinLockHolder lock(mutex_);
      const bool counts = flights_.TakeOut(key, flight);
      if (!result.ok()) ++stats_.load_failures;
      if (counts && result.ok()) PutLocked(hash, key, *result, ttl);
    }
    flight->Land(std::move(result));
  }

  // Puts other sizes and, if it is given, another policy into force, without
  // keeping others waiting for long. Not at the same time as itself or Sweep().
  void Change(TierSizes sizes, std::optional<CachePolicy> policy) {
    {
      const SpinLockHolder lock(mutex_);
      const CachePolicy before = directory_->tiers().policy();
      if (chooser_ != nullptr) chooser_->Resize(sizes);
      if (policy == CachePolicy::kAuto) {
        if (chooser_ == nullptr) chooser_ = std::make_unique<PolicyChooser>(before, sizes);
      } else if (policy.has_value()) {
        chooser_.reset();
      }
      sample_ = chooser_ == nullptr ? KeySample() : chooser_->sample();
      PutIntoForce(chooser_ == nullptr ? policy.value_or(before) : chooser_->choice(), sizes);
    }
    while (DropSome(true)) continue;
    Compact();
  }

  // Drops what has expired; calls visit(key, value) for every other entry, some
  // at a time under the lock.
  template <typename Visit>
  void Sweep(const Visit& visit) {
    while (DropSome(false)) continue;
    for (std::size_t begin = 0, slots = kStep; begin < slots; begin += kStep) {
      const SpinLockHolder lock(mutex_);
      const std::int64_t now = Now();
      slots = directory_->slots();
      for (std::size_t i = begin; i < std::min(slots, begin + kStep); ++i) {
        const auto slot = static_cast<Slot>(i);
        if (!directory_->node(slot).held || directory_->expires_at(slot) <= now) continue;
        visit(std::as_const(entries_[slot].key), std::as_const(entries_[slot].value));
      }
    }
  }

  CacheStats stats() const {
    const SpinLockHolder lock(mutex_);
    CacheStats stats = stats_;
    const Tiers& tiers = directory_->tiers();
    stats.l1_held = static_cast<std::int64_t>(tiers.held(0));
    stats.l2_held = static_cast<std::int64_t>(tiers.held(1));
    stats.l1_entries = static_cast<std::int64_t>(tiers.sizes().l1);
    stats.l2_entries = static_cast<std::int64_t>(tiers.sizes().l2);
    stats.policy = tiers.policy();
    return stats;
  }

 private:
  // Entries looked at, or given up, without giving up the lock.
  static constexpr std::size_t kStep = 256;

  Slot Find(std::uint64_t hash, const Key& key) const TRIMTAB_REQUIRES(mutex_) {
    return entries_.Find(*directory_, hash, key);
  }

  // Time is read only where an entry ever had an end.
  std::int64_t Now() const TRIMTAB_REQUIRES(mutex_) {
    return expiring_ ? Duration(clock_.Now().time_since_epoch()).count()
                     : std::numeric_limits<std::int64_t>::min();
  }

  bool Expired(Slot slot) const TRIMTAB_REQUIRES(mutex_) {
    const std::int64_t expires_at = directory_->expires_at(slot);
    return expires_at != kNever && expires_at <= Now();
  }

  // Tells the chooser that `hash` was asked for; `slot` has it or is kNoSlot.
  [[gnu::noinline]] void NoteGet(std::uint64_t hash, Slot slot) TRIMTAB_REQUIRES(mutex_) {
    const bool had = slot != kNoSlot;
    chooser_->OnGet(hash, had, had ? directory_->expires_at(slot) : kNever, Now());
  }
  // Tells the chooser that `hash` is put in, and follows it: here, so that a hit
  // never has to pay for a change of policy.
  [[gnu::noinline]] void NotePut(std::uint64_t hash, std::int64_t expires_at, std::int64_t now)
      TRIMTAB_REQUIRES(mutex_) {
    chooser_->OnPut(hash, expires_at, now);
    const Tiers& tiers = directory_->tiers();
    if (chooser_->choice() != tiers.policy()) PutIntoForce(chooser_->choice(), tiers.sizes());
  }

  template <typename Visit>
  bool GetLocked(std::uint64_t hash, const Key& key, const Visit& visit) TRIMTAB_REQUIRES(mutex_) {
    Slot slot = Find(hash, key);
    if (slot != kNoSlot && Expired(slot)) {
      directory_->Remove(slot);
      Out(std::exchange(slot, kNoSlot));
    }
    if (sample_.Has(hash)) NoteGet(hash, slot);
    if (slot == kNoSlot) {
      ++stats_.misses;
      return false;
    }
    ++(directory_->node(slot).tier == 0 ? stats_.l1_hits : stats_.l2_hits);
    visit(std::as_const(entries_[slot].value));
    Out(directory_->Hit(slot));
    return true;
  }

  void PutLocked(std::uint64_t hash, const Key& key, Value value, Duration ttl)
      TRIMTAB_REQUIRES(mutex_) {
    expiring_ = expiring_ || ttl > Duration::zero();
    const std::int64_t now = Now();
    const bool ends = ttl > Duration::zero() && ttl.count() < kNever - now;
    const std::int64_t expires_at = ends ? now + ttl.count() : kNever;
    if (sample_.Has(hash)) NotePut(hash, expires_at, now);
    const Slot held = Find(hash, key);
    if (held != kNoSlot && !Expired(held)) {
      entries_[held].value = std::move(value);
      directory_->SetExpiry(held, expires_at);
      ++stats_.updates;
      Out(directory_->Hit(held));
      return;
    }
    if (held != kNoSlot) {
      directory_->Remove(held);
      Out(held);
    }
    const Slot slot = directory_->Take();
    entries_.Put(slot, key, std::move(value));
    ++stats_.insertions;
    Out(directory_->Insert(slot, hash, expires_at, now));
  }

  // Ends the entry of a slot that the directory has put out; kNoSlot does
  // nothing.
  void Out(Slot slot) TRIMTAB_REQUIRES(mutex_) {
    if (slot == kNoSlot) return;
    ++(Expired(slot) ? stats_.expirations : stats_.evictions);
    End(slot);
  }
  void End(Slot slot) TRIMTAB_REQUIRES(mutex_) {
    entries_.Clear(slot);
    directory_->Release(slot);
  }

  // Drops some of the entries that have expired and then, if `overflow`, of those
  // that are too many; whether there may be more.
  bool DropSome(bool overflow) {
    const SpinLockHolder lock(mutex_);
    const std::int64_t now = Now();
    for (std::size_t i = 0; i < kStep; ++i) {
      Slot slot = directory_->TakeExpired(now);
      if (slot == kNoSlot && overflow) slot = directory_->Overflow();
      if (slot == kNoSlot) return false;
      Out(slot);
    }
    return true;
  }

  void PutIntoForce(CachePolicy policy, TierSizes sizes) TRIMTAB_REQUIRES(mutex_) {
    if (policy != directory_->tiers().policy()) ++stats_.policy_changes;
    std::vector<Slot> out;
    directory_->Change(policy, sizes, &out);
    for (const Slot slot : out) Out(slot);
  }

  // Gives back the memory of entries that are no more, if there are many.
  void Compact() {
    {
      const SpinLockHolder lock(mutex_);
      const TierSizes sizes = directory_->tiers().sizes();
      if (directory_->slots() <= 2 * (sizes.l1 + sizes.l2) + kStep) return;
      // One comes before another goes.
      directory_->BeginCompaction(sizes.l1 + sizes.l2 + 1);
    }
    while (CompactSome()) continue;
  }
  // Whether there is more to do.
  bool CompactSome() {
    const SpinLockHolder lock(mutex_);
    if (directory_->Compact(kStep, [this](Slot from, Slot to) { entries_.Move(from, to); })) {
      return true;
    }
    directory_->EndCompaction();
    entries_.Truncate(directory_->slots());
    return false;
  }

  Clock& clock_;
  // Read without the lock.
  IndexHint hint_;
  mutable SpinLock mutex_;
  std::unique_ptr<Directory> directory_ TRIMTAB_GUARDED_BY(mutex_);
  EntrySlab<Key, Value> entries_ TRIMTAB_GUARDED_BY(mutex_);
  // With kAuto only.
  std::unique_ptr<PolicyChooser> chooser_ TRIMTAB_GUARDED_BY(mutex_);
  // What it is to be told of.
  KeySample sample_ TRIMTAB_GUARDED_BY(mutex_);
  // Whether any entry ever had a time to live.
  bool expiring_ TRIMTAB_GUARDED_BY(mutex_) = false;
  Flights<Key, Value, Hash> flights_ TRIMTAB_GUARDED_BY(mutex_);
  CacheStats stats_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime::cache
