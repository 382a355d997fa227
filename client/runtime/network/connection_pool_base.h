// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "client/runtime/network/connection.h"
#include "client/runtime/statistic.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/random.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

struct ConnectionPoolOptions {
  static constexpr std::int64_t kMaxSize = 10000;
  static constexpr int kMaxOpening = 64;
  static constexpr Duration kMaxLimit = std::chrono::hours(24 * 365);
  static constexpr Duration kMaxOpenTimeout = std::chrono::hours(1);

  // Connections at most, lent ones included; 1 to kMaxSize.
  std::int64_t size = 100;
  // Keeps `size` connections open at all times, rather than opening one when
  // somebody waits for it.
  bool keep_full = false;
  // A connection that was idle for so long is closed; zero: never. This and the
  // next two up to kMaxLimit.
  Duration idle_limit = std::chrono::minutes(5);
  // A connection is closed so long after it was opened, once it isn't lent; zero:
  // never. Each gets up to a tenth less, so that they don't all end at once.
  Duration lifetime_limit = std::chrono::minutes(30);
  // Idle connections are asked whether they are healthy this often, and before
  // they are lent if they were idle for so long; zero: always before.
  Duration check_every = std::chrono::seconds(1);
  // How long opening may take; above zero, up to kMaxOpenTimeout.
  Duration open_timeout = std::chrono::seconds(5);
  // Connections being opened at once, a thread each; 1 to kMaxOpening.
  int max_opening = 4;
  // Callers that wait for a connection, at most, from 0; more are refused.
  std::int64_t max_waiting = 10000;
  // Of the jitter.
  std::uint64_t seed = 1;
  // Source of time; null for the machine's own. Must outlive the pool.
  Clock* clock = nullptr;
};

// INVALID_ARGUMENT names the first option that is out of its range.
absl::Status Validate(const ConnectionPoolOptions& options);

struct ConnectionPoolStats {
  std::int64_t size = 0;
  std::int64_t idle = 0;
  std::int64_t lent = 0;
  std::int64_t opening = 0;
  std::int64_t waiting = 0;
  std::int64_t leases = 0;
  std::int64_t timeouts = 0;
  std::int64_t refused = 0;
  std::int64_t opened = 0;
  std::int64_t open_failures = 0;
  // Closed because of...
  std::int64_t closed_idle = 0;
  std::int64_t closed_lifetime = 0;
  std::int64_t closed_unhealthy = 0;
  std::int64_t closed_shrink = 0;
  Duration waited{};
};
std::vector<Statistic> Export(const ConnectionPoolStats& stats);

// A connection with what the pool knows of it.
struct PoolEntry {
  std::unique_ptr<Poolable> connection;
  MonotonicTime retire_at;
  MonotonicTime idle_since;
};

// The part of a ConnectionPool that doesn't depend on the kind of connection.
//
// - Whoever waits is served in the order of coming; a newcomer passes nobody.
// - The size changes while it is used. Growing opens connections for those who
//   wait, at once unless opening fails at present; shrinking closes idle
//   connections at once and lent ones when they come back, never one in use.
// - Nothing slow is done under the lock: opening, asking and closing are not.
// - When opening fails it is tried again, after 10 ms at first and up to 1 s
//   later on, or as soon as another connection was opened. If no connection is open or being
//   opened, those who wait are told.
// - A thread of the pool closes what is too old or unhealthy.
//
// Taking and giving back a free connection costs two locks of one mutex and no
// allocation worth a name. Thread-safe. All must be given back before the pool
// is destroyed; that waits for connections being opened.
class ConnectionPoolBase {
 public:
  ConnectionPoolBase(const ConnectionPoolBase&) = delete;
  ConnectionPoolBase& operator=(const ConnectionPoolBase&) = delete;

  // INVALID_ARGUMENT outside 1 to kMaxSize; nothing changes then.
  absl::Status Resize(std::int64_t size);
  std::int64_t size() const;
  ConnectionPoolStats stats() const;

 protected:
  using OpenAny = std::function<absl::StatusOr<std::unique_ptr<Poolable>>(MonotonicTime deadline)>;

  // Options that pass Validate().
  ConnectionPoolBase(const ConnectionPoolOptions& options, OpenAny open);
  ~ConnectionPoolBase();

  // Before all else; only to be destroyed after RESOURCE_EXHAUSTED.
  absl::Status Start();

  absl::StatusOr<PoolEntry> TakeEntry(MonotonicTime deadline);
  // A free one, without waiting and only if nobody waits.
  bool TakeFree(PoolEntry* entry);

 private:
  template <typename>
  friend class Lease;
  struct Waiter {
    CondVar ready;
    bool served = false;
    PoolEntry entry;
    absl::Status failure;
  };
  using Closing = std::vector<PoolEntry>;

  void Give(PoolEntry entry, bool keep);

  std::int64_t total() const TRIMTAB_REQUIRES(mutex_) {
    return static_cast<std::int64_t>(idle_.size()) + lent_ + opening_;
  }
  bool ShouldOpen() const TRIMTAB_REQUIRES(mutex_);
  // To the next in line, or among the idle ones; to `closing` if there are too
  // many.
  void Place(PoolEntry entry, Closing* closing) TRIMTAB_REQUIRES(mutex_);
  // Whether it is past one of its limits, which is counted.
  bool Expired(const PoolEntry& entry, MonotonicTime now) TRIMTAB_REQUIRES(mutex_);
  absl::Status Wait(MonotonicTime deadline, bool first, PoolEntry* entry) TRIMTAB_REQUIRES(mutex_);
  absl::Status Late() const TRIMTAB_REQUIRES(mutex_);
  void OpenLoop(const std::stop_token& stop);
  absl::StatusOr<std::unique_ptr<Poolable>> OpenOne() const;
  void OnOpened(std::unique_ptr<Poolable> connection, Closing* closing) TRIMTAB_REQUIRES(mutex_);
  void OnOpenFailed(absl::Status error) TRIMTAB_REQUIRES(mutex_);
  void KeepLoop(const std::stop_token& stop);
  MonotonicTime NextCheck() const TRIMTAB_REQUIRES(mutex_);
  void CheckIdle(const std::stop_token& stop);

  const ConnectionPoolOptions options_;
  const OpenAny open_;
  Clock& clock_;
  mutable Mutex mutex_;
  CondVar opener_wake_;
  CondVar keeper_wake_;
  std::int64_t size_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t lent_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::int64_t opening_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  // The last to come back is lent first; what is surplus grows old at the front.
  std::deque<PoolEntry> idle_ TRIMTAB_GUARDED_BY(mutex_);
  std::list<Waiter*> waiters_ TRIMTAB_GUARDED_BY(mutex_);
  Random random_ TRIMTAB_GUARDED_BY(mutex_);
  absl::Status last_error_ TRIMTAB_GUARDED_BY(mutex_);
  Duration backoff_ TRIMTAB_GUARDED_BY(mutex_){};
  MonotonicTime open_after_ TRIMTAB_GUARDED_BY(mutex_);
  ConnectionPoolStats counted_ TRIMTAB_GUARDED_BY(mutex_);
  std::vector<OwnedThread> threads_;
};

}  // namespace trimtab::runtime
