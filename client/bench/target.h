// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace trimtab::bench {

// What trimtab-bench sends requests to.
class Target {
 public:
  virtual ~Target() = default;

  // Connects for so many workers. UNAVAILABLE when there is nobody;
  // INVALID_ARGUMENT when the request makes no sense to the target.
  virtual absl::Status Open(int workers) = 0;
  // Sends one request and reads the answer whole; the bytes of both payloads.
  // `payload` is the request's own when empty. DEADLINE_EXCEEDED after the
  // timeout. Called by each worker for itself.
  virtual absl::StatusOr<std::int64_t> Send(int worker, std::string_view payload) = 0;
  // A request's payload of exactly `bytes`, filled up or made up.
  // INVALID_ARGUMENT when there is none.
  virtual absl::StatusOr<std::string> PayloadOf(std::int64_t bytes) const = 0;

  // What a result says of it.
  virtual std::map<std::string, std::string> Labels() const = 0;
};

}  // namespace trimtab::bench
