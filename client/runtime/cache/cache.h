// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "client/runtime/cache/cache_options.h"
#include "client/runtime/cache/cache_stats.h"
#include "client/runtime/cache/load_threads.h"
#include "client/runtime/cache/run_loader.h"
#include "client/runtime/cache/shard.h"
#include "client/runtime/cache/warm_up.h"

namespace trimtab::runtime {

// How a value that is missing is loaded.
struct LoadOptions {
  // When the caller stops waiting; without one it waits for the loader.
  std::optional<MonotonicTime> deadline = {};
  // How long the entry lives; the cache's default if not given.
  std::optional<Duration> ttl = {};
};

// A cache of two tiers whose sizes and policy change while it is used.
//
// A new entry comes into L1; what L1 gives up goes down into L2; a hit in L2
// moves up again; what L2 gives up is gone. An entry is in one tier only. With
// CachePolicy::kLru the two are exactly one LRU of the summed size. An entry is
// never returned once its time to live is over, and goes before others then.
//
// Thread-safe. Every call takes one lock of one shard for some tens of
// nanoseconds and waits for nothing but loads; a loader runs under no lock. A hit
// allocates nothing, but for what copying a Value allocates. kAuto changes the
// policy in force as something is put in. The time is read only once an entry has
// a time to live. Values end under the lock.
//
// `Key` is copyable, comparable and hashed by `Hash`, `Value` copyable; copying
// and moving them must not throw.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class Cache {
 public:
  // Gives the value of a key, or says why not. What it throws counts as
  // INTERNAL. It should end soon once the token says so: the end of the cache
  // waits for it.
  using Loader = std::function<absl::StatusOr<Value>(const Key&, const std::stop_token&)>;

  // INVALID_ARGUMENT with all that is wrong in the options.
  static absl::StatusOr<std::unique_ptr<Cache>> Create(const CacheOptions& options) {
    const absl::Status checked = CheckCacheOptions(options);
    if (!checked.ok()) return checked;
    return std::unique_ptr<Cache>(new Cache(options));
  }
  // No call may be under way. Asks loaders that run to stop and waits for them.
  ~Cache() = default;

  std::optional<Value> Get(const Key& key) {
    std::optional<Value> found;
    Visit(key, [&](const Value& value) { found = value; });
    return found;
  }
  // Copies the value into `*value`, whose memory is used again; false, and
  // nothing changed, on a miss.
  bool Get(const Key& key, Value* value) {
    return Visit(key, [&](const Value& found) { *value = found; });
  }
  // Calls visit(value) under the lock: it must be quick and must not call the
  // cache or throw. False on a miss.
  template <typename Visitor>
  bool Visit(const Key& key, const Visitor& visit) {
    const std::uint64_t hash = HashOf(key);
    return ShardOf(hash).Get(hash, key, visit);
  }

  // Puts in or replaces; both count as a use. A load of the key that runs no
  // longer counts. INVALID_ARGUMENT for a negative time to live (zero: for
  // ever); nothing changes then.
  absl::Status Put(const Key& key, Value value, std::optional<Duration> ttl = std::nullopt) {
    const Duration lives = ttl.value_or(default_ttl());
    if (lives < Duration::zero()) return CheckTtl(lives);
    const std::uint64_t hash = HashOf(key);
    ShardOf(hash).Put(hash, key, std::move(value), lives);
    return absl::OkStatus();
  }

  // Whether there was an entry. A value being loaded goes to those who wait for
  // it but not into the cache.
  bool Invalidate(const Key& key) {
    const std::uint64_t hash = HashOf(key);
    return ShardOf(hash).Remove(hash, key);
  }
  void InvalidateAll() {
    for (const auto& shard : shards_) shard->Clear();
  }

  // The value, from the cache or from `loader`, which is called once for all who
  // ask for the key at the same time. Without a deadline `loader` runs on this
  // thread, with one on a thread of the cache. What comes after the deadline
  // still goes into the cache, unless the key was put in, invalidated or asked
  // for again. The loader's own error; INTERNAL if it throws; DEADLINE_EXCEEDED;
  // RESOURCE_EXHAUSTED if too many loads wait for a thread; INVALID_ARGUMENT for
  // a negative time to live or an empty loader.
  absl::StatusOr<Value> GetOrLoad(const Key& key, const Loader& loader, LoadOptions options = {}) {
    const Duration ttl = options.ttl.value_or(default_ttl());
    if (const absl::Status checked = CheckTtl(ttl); !checked.ok()) return checked;
    if (!loader) return absl::InvalidArgumentError("there is no loader");
    std::optional<Value> held;
    const std::stop_source stop;
    const std::uint64_t hash = HashOf(key);
    const Joined joined =
        ShardOf(hash).GetOrJoin(hash, key, stop, [&](const Value& value) { held = value; });
    if (held.has_value()) return *std::move(held);
    if (joined.begun && !options.deadline.has_value()) {
      Load(key, joined, loader, ttl);
    } else if (joined.begun &&
               !loads_.Submit([this, key, joined, loader, ttl] { Load(key, joined, loader, ttl); },
                              stop)) {
      Land(key, joined, absl::ResourceExhaustedError("too many loads wait for a thread"), ttl);
    }
    return joined.flight->Wait(clock_, options.deadline);
  }

  // Loads the values of keys that are missing, at most as many as the cache can
  // hold, the first ones; `options.concurrency` at a time on threads of the
  // cache. Returns when it is done or at the deadline; loads that nobody else
  // waits for are asked to stop then. A loader that fails or throws costs its key
  // only. INVALID_ARGUMENT if the concurrency isn't from
  // 1 to CacheOptions::load_threads, or as GetOrLoad(); RESOURCE_EXHAUSTED if no
  // thread is to be had.
  absl::StatusOr<WarmUpResult> WarmUp(std::vector<Key> keys, Loader loader,
                                      WarmUpOptions options = {}) {
    const Duration ttl = options.ttl.value_or(default_ttl());
    if (const absl::Status checked = CheckTtl(ttl); !checked.ok()) return checked;
    if (!loader) return absl::InvalidArgumentError("there is no loader");
    const auto room = static_cast<std::size_t>(l1_entries_.load() + l2_entries_.load());
    const auto warm = [this, loader = std::move(loader), ttl](const Key& key,
                                                              const std::stop_token& end) {
      bool held = false;
      const std::uint64_t hash = HashOf(key);
      const Joined joined = ShardOf(hash).BeginIfMissing(hash, key, std::stop_source(), &held);
      if (joined.begun) {
        {
          // Others may have joined the load; it goes on for them.
          const std::stop_callback give_up(end, [&joined] { joined.flight->GiveUp(); });
          Load(key, joined, loader, ttl);
        }
        return std::optional(joined.flight->Wait(clock_, std::nullopt).status());
      }
      return held ? std::optional(absl::OkStatus()) : std::nullopt;
    };
    return cache::WarmUpKeys<Key>(std::move(keys), room, warm, options, options_.load_threads,
                                  clock_, loads_);
  }

  // Changes the sizes of the tiers. The entries that fit stay; shrinking gives
  // up the others before it returns, some at a time. INVALID_ARGUMENT as
  // Create(); nothing changes then. Waits for a Sweep() that runs.
  absl::Status Resize(std::int64_t l1_entries, std::int64_t l2_entries) {
    return Change(l1_entries, l2_entries, std::nullopt);
  }
  // Changes the size of L1 alone, and that of L2 alone.
  absl::Status ResizeL1(std::int64_t entries) {
    return Change(entries, std::nullopt, std::nullopt);
  }
  absl::Status ResizeL2(std::int64_t entries) {
    return Change(std::nullopt, entries, std::nullopt);
  }
  // Every entry stays, in the order that it had. O(entries) under the lock of
  // each shard: some milliseconds for 100 000.
  absl::Status SetPolicy(CachePolicy policy) { return Change(std::nullopt, std::nullopt, policy); }
  // For entries put in from now on. INVALID_ARGUMENT if it is negative.
  absl::Status SetDefaultTtl(Duration ttl) {
    if (const absl::Status checked = CheckTtl(ttl); !checked.ok()) return checked;
    default_ttl_ns_.store(ttl.count(), std::memory_order_relaxed);
    return absl::OkStatus();
  }

  // Drops what has expired and calls visit(key, value) for the other entries,
  // each one that is held all the while exactly once. Under a lock that is given
  // up every 256 entries: `visit` must be quick and must not call the cache or
  // throw.
  template <typename Visitor>
  void Sweep(const Visitor& visit) {
    const MutexLock lock(change_);
    for (const auto& shard : shards_) shard->Sweep(visit);
  }
  void DropExpired() {
    Sweep([](const Key&, const Value&) {});
  }

  CacheStats stats() const {
    CacheStats sum = shards_[0]->stats();
    for (std::size_t i = 1; i < shards_.size(); ++i) sum.Add(shards_[i]->stats());
    return sum;
  }
  // As CacheOptions::shards.
  int shards() const { return options_.shards; }
  // As asked for: kAuto stays kAuto.
  CachePolicy policy() const { return policy_.load(std::memory_order_relaxed); }
  Duration default_ttl() const { return Duration(default_ttl_ns_.load(std::memory_order_relaxed)); }

 private:
  using Shard = cache::Shard<Key, Value, Hash>;
  using Joined = typename Shard::Joined;

  explicit Cache(const CacheOptions& options)
      : options_(options),
        clock_(options.clock == nullptr ? SystemClock() : *options.clock),
        policy_(options.policy),
        l1_entries_(options.l1_entries),
        l2_entries_(options.l2_entries),
        default_ttl_ns_(options.default_ttl.count()),
        loads_(options.load_threads, options.load_queue) {
    for (int i = 0; i < options.shards; ++i) {
      const cache::TierSizes sizes = Share(i, options.l1_entries, options.l2_entries);
      shards_.push_back(std::make_unique<Shard>(options.policy, sizes, clock_));
    }
  }

  // std::hash leaves whole numbers as they are: Fibonacci hashing, whose high
  // bits are good, with those folded into the low ones.
  static std::uint64_t HashOf(const Key& key) {
    const std::uint64_t hash = Hash{}(key)*0x9e3779b97f4a7c15ULL;
    return hash ^ (hash >> 32);
  }
  Shard& ShardOf(std::uint64_t hash) { return *shards_[((hash >> 32) * shards_.size()) >> 32]; }
  // What shard `i` has of the sizes: together they are exactly these.
  cache::TierSizes Share(int i, std::int64_t l1_entries, std::int64_t l2_entries) const {
    const auto share = [&](std::int64_t all) {
      return static_cast<std::size_t>(all / options_.shards + (i < all % options_.shards ? 1 : 0));
    };
    return {share(l1_entries), share(l2_entries)};
  }

  absl::Status Change(std::optional<std::int64_t> l1, std::optional<std::int64_t> l2,
                      std::optional<CachePolicy> policy) {
    const MutexLock lock(change_);
    const std::int64_t l1_entries = l1.value_or(l1_entries_.load());
    const std::int64_t l2_entries = l2.value_or(l2_entries_.load());
    const absl::Status checked = CheckCacheSizes(l1_entries, l2_entries, options_.shards);
    if (!checked.ok()) return checked;
    l1_entries_ = l1_entries;
    l2_entries_ = l2_entries;
    if (policy.has_value()) policy_ = *policy;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      shards_[i]->Change(Share(static_cast<int>(i), l1_entries, l2_entries), policy);
    }
    return absl::OkStatus();
  }

  void Load(const Key& key, const Joined& joined, const Loader& loader, Duration ttl) {
    Land(key, joined, cache::RunLoader<Value>(loader, key, joined.flight->stop()), ttl);
  }
  void Land(const Key& key, const Joined& joined, absl::StatusOr<Value> result, Duration ttl) {
    const std::uint64_t hash = HashOf(key);
    ShardOf(hash).Land(hash, key, joined.flight, std::move(result), ttl);
  }

  const CacheOptions options_;
  Clock& clock_;
  // One change or sweep at a time.
  Mutex change_;
  std::atomic<CachePolicy> policy_;
  std::atomic<std::int64_t> l1_entries_;
  std::atomic<std::int64_t> l2_entries_;
  std::atomic<std::int64_t> default_ttl_ns_;
  std::vector<std::unique_ptr<Shard>> shards_;
  // Ends before what its tasks use.
  cache::LoadThreads loads_;
};

}  // namespace trimtab::runtime
