// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "client/runtime/network/connection.h"
#include "client/runtime/network/connection_pool_base.h"

namespace trimtab::runtime {

// A connection on loan. Movable; goes back when it is destroyed, and must not
// outlive its pool. One thread at a time.
template <typename C>
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), entry_(std::move(other.entry_)) {}
  Lease& operator=(Lease&& other) noexcept {
    if (this == &other) return *this;
    Return(true);
    pool_ = std::exchange(other.pool_, nullptr);
    entry_ = std::move(other.entry_);
    return *this;
  }
  ~Lease() { Return(true); }

  C& operator*() const { return static_cast<C&>(*entry_.connection); }
  C* operator->() const { return &**this; }

  // Gives it back to be closed: for a connection whose state is unknown, such
  // as one with an answer still to come.
  void Discard() { Return(false); }

 private:
  template <typename>
  friend class ConnectionPool;
  Lease(ConnectionPoolBase* pool, PoolEntry entry) : pool_(pool), entry_(std::move(entry)) {}
  void Return(bool keep) {
    if (pool_ != nullptr) std::exchange(pool_, nullptr)->Give(std::move(entry_), keep);
  }

  ConnectionPoolBase* pool_ = nullptr;
  PoolEntry entry_;
};

// A pool of connections of one kind; see ConnectionPoolBase for all it does.
template <typename C>
class ConnectionPool final : public ConnectionPoolBase {
 public:
  using Open = std::function<absl::StatusOr<std::unique_ptr<C>>(MonotonicTime deadline)>;

  // `open` is called by threads of the pool, several at once, under no lock; it
  // must return at its deadline at the latest. INVALID_ARGUMENT as Validate(), or
  // without `open`; RESOURCE_EXHAUSTED when the system gives no threads.
  static absl::StatusOr<std::unique_ptr<ConnectionPool>> Create(
      const ConnectionPoolOptions& options, Open open) {
    if (absl::Status valid = Validate(options); !valid.ok()) return valid;
    if (!open) return absl::InvalidArgumentError("a connection pool has nothing to open with");
    std::unique_ptr<ConnectionPool> pool(new ConnectionPool(options, std::move(open)));
    if (absl::Status started = pool->Start(); !started.ok()) return started;
    return pool;
  }

  // One connection, waiting for it until `deadline` behind those who came
  // before. DEADLINE_EXCEEDED when none was free by then; UNAVAILABLE at once
  // when none is open and none can be opened; RESOURCE_EXHAUSTED at once when too
  // many wait already. Each says what is the matter.
  absl::StatusOr<Lease<C>> Take(MonotonicTime deadline) {
    absl::StatusOr<PoolEntry> entry = TakeEntry(deadline);
    if (!entry.ok()) return entry.status();
    return Lease<C>(this, *std::move(entry));
  }

  // From 1 to `wanted` connections: waits for the first as Take() does and adds
  // what is free at that moment.
  absl::StatusOr<std::vector<Lease<C>>> TakeUpTo(std::size_t wanted, MonotonicTime deadline) {
    absl::StatusOr<Lease<C>> first = Take(deadline);
    if (!first.ok()) return first.status();
    std::vector<Lease<C>> taken;
    taken.push_back(*std::move(first));
    PoolEntry more;
    while (taken.size() < wanted && TakeFree(&more)) {
      taken.push_back(Lease<C>(this, std::move(more)));
    }
    return taken;
  }

 private:
  ConnectionPool(const ConnectionPoolOptions& options, Open open)
      : ConnectionPoolBase(options,
                           [open = std::move(open)](MonotonicTime deadline)
                               -> absl::StatusOr<std::unique_ptr<Poolable>> {
                             absl::StatusOr<std::unique_ptr<C>> opened = open(deadline);
                             if (!opened.ok()) return opened.status();
                             return std::unique_ptr<Poolable>(std::move(*opened));
                           }) {}
};

// One request over a connection of the pool.
inline absl::StatusOr<std::string> Call(ConnectionPool<Connection>& pool, std::string_view request,
                                        MonotonicTime deadline) {
  absl::StatusOr<Lease<Connection>> lease = pool.Take(deadline);
  if (!lease.ok()) return lease.status();
  return Call(**lease, request, deadline);
}

}  // namespace trimtab::runtime
