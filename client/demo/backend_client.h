// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "client/demo/wire.h"
#include "client/runtime/connection_pool.h"

namespace trimtab::demo {

// Requests to the backend over a bounded number of connections. Thread-safe.
class BackendClient {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  BackendClient(const std::string& address, std::int64_t connections);

  // Makes one request with `keys` behind its head. `values`, where not null, is
  // what came back. DEADLINE_EXCEEDED when no connection was free or no answer
  // came in time, INTERNAL when the backend refused, UNAVAILABLE when the
  // connection broke.
  absl::Status Call(Op op, std::uint32_t count, const std::vector<std::uint32_t>& keys,
                    Deadline deadline, std::string* values);

  struct Fetched {
    std::uint32_t key = 0;
    absl::Status status;
    std::string value;
  };
  // Reads keys at once, each over a connection of its own: the first of `keys`,
  // as many as there are free connections and at most `fan`. Empty when none was
  // free until the deadline. Errors of each as for Call().
  std::vector<Fetched> Fetch(const std::vector<std::uint32_t>& keys, std::size_t fan,
                             Deadline deadline);

  runtime::ConnectionPool& pool() { return pool_; }

 private:
  runtime::ConnectionPool pool_;
};

}  // namespace trimtab::demo
