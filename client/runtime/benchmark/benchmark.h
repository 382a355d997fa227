// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>

#include "daemon/base/clock.h"

namespace trimtab::benchmark {

// One request of a benchmark.
struct Call {
  // Which of the load's workers makes it, from 0. A worker makes one call at a
  // time, so that what belongs to a worker needs no lock.
  int worker = 0;
  // From 0, over all workers.
  std::int64_t number = 0;
  // When it was meant to be sent. With an open loop that is before now once the
  // workers don't keep up; latency counts from here.
  MonotonicTime intended;
};

// What is measured: how a request is made, and what must be there before and be
// gone after. All but `name` and `run` may be empty.
//
// Each of them may fail or throw. `cleanup` runs exactly once in any case, after
// a `setup` that failed too: it must bear a half-made setup.
struct Benchmark {
  std::string name;
  // Once, before any request.
  std::function<absl::Status()> setup = {};
  // One request; the bytes of its payload. DEADLINE_EXCEEDED counts as a
  // timeout, every other error as an error. Called by the load's workers at
  // once: thread-safe.
  std::function<absl::StatusOr<std::int64_t>(const Call&)> run;
  // Once, after the last request.
  std::function<absl::Status()> cleanup = {};
  // Told of a request that was due but that no worker got to before the end.
  // Thread-safe.
  std::function<void(const Call&)> missed = {};
};

}  // namespace trimtab::benchmark
