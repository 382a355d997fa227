// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/demo/wire.h"
#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/socket.h"

namespace trimtab::demo {

// Requests to the backend over a bounded number of connections. Thread-safe.
class BackendClient {
 public:
  // As ConnectionPool::Create().
  static absl::StatusOr<std::unique_ptr<BackendClient>> Create(const std::string& address,
                                                               std::int64_t connections);

  // Makes one request with `keys` behind its head; what came back.
  // DEADLINE_EXCEEDED when no connection was free or no answer came in time,
  // INTERNAL when the backend refused, UNAVAILABLE when the connection broke.
  absl::StatusOr<std::string> Call(Op op, std::uint32_t count,
                                   const std::vector<std::uint32_t>& keys, MonotonicTime deadline);

  struct Fetched {
    std::uint32_t key = 0;
    absl::StatusOr<std::string> value;
  };
  // Reads keys at once, each over a connection of its own: the first of `keys`,
  // as many as there are free connections and at most `fan`. DEADLINE_EXCEEDED
  // or UNAVAILABLE when none was to be had. Errors of each as for Call().
  absl::StatusOr<std::vector<Fetched>> Fetch(const std::vector<std::uint32_t>& keys,
                                             std::size_t fan, MonotonicTime deadline);

  runtime::ConnectionPool<runtime::Socket>& pool() { return *pool_; }

 private:
  using Pool = runtime::ConnectionPool<runtime::Socket>;
  explicit BackendClient(std::unique_ptr<Pool> pool) : pool_(std::move(pool)) {}

  const std::unique_ptr<Pool> pool_;
};

}  // namespace trimtab::demo
