// SPDX-License-Identifier: Apache-2.0
#include "client/host/benchmark_runner.h"

#include <algorithm>
#include <exception>
#include <optional>

#include "daemon/base/error.h"

namespace trimtab::host {

absl::StatusOr<Window> BenchmarkRunner::Run(std::int64_t generation, Duration warm_up,
                                            Duration duration) {
  if (!available()) {
    return Error(absl::StatusCode::kUnimplemented, "the host has no benchmark of its own");
  }
  if (duration <= Duration::zero() || warm_up < Duration::zero()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "duration must be positive and warm_up not negative");
  }
  {
    MutexLock lock(mutex_);
    if (running_) {
      return Error(absl::StatusCode::kResourceExhausted, "a benchmark is running already");
    }
    running_ = true;
  }
  auto window = Measure(generation, std::min(warm_up, longest_), std::min(duration, longest_));
  MutexLock lock(mutex_);
  running_ = false;
  return window;
}

absl::StatusOr<Window> BenchmarkRunner::Measure(std::int64_t generation, Duration warm_up,
                                                Duration duration) {
  if (auto status = CheckGeneration(generation); !status.ok()) return status;
  if (warm_up > Duration::zero()) {
    if (auto status = Drive(warm_up); !status.ok()) return status;
  }
  const std::int64_t before = windows_.Cut();
  if (auto status = Drive(duration); !status.ok()) return status;
  windows_.Cut();
  if (auto status = CheckGeneration(generation); !status.ok()) return status;
  std::optional<Window> whole;
  for (const WindowLog::Entry& part : log_.After(before, 0)) {
    if (part->superseded || part->generation != generation) continue;
    if (whole) {
      Append(*part, &*whole);
    } else {
      whole = *part;
    }
  }
  if (!whole) return Error(absl::StatusCode::kInternal, "the benchmark took no time");
  return *whole;
}

absl::Status BenchmarkRunner::CheckGeneration(std::int64_t generation) const {
  const std::int64_t present = controller_.View().generation;
  if (present == generation) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, "generation {} is in force, not {}", present,
               generation);
}

absl::Status BenchmarkRunner::Drive(Duration duration) const {
  if (stop_.stop_requested()) return Error(absl::StatusCode::kUnavailable, "the host stops");
  // The benchmark is the host's own code; what it throws must not end the
  // server's thread.
  try {
    return benchmark_(duration, stop_.get_token());
  } catch (const std::exception& e) {
    return Error(absl::StatusCode::kInternal, "the benchmark threw: {}", e.what());
  } catch (...) {
    return Error(absl::StatusCode::kInternal, "the benchmark threw");
  }
}

}  // namespace trimtab::host
