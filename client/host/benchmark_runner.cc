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
  std::stop_token stop;
  {
    MutexLock lock(mutex_);
    if (stopped_) return Error(absl::StatusCode::kUnavailable, "the host stops");
    if (running_) {
      return Error(absl::StatusCode::kResourceExhausted, "a benchmark is running already");
    }
    running_ = true;
    generation_ = generation;
    stop_ = std::stop_source();
    stop = stop_.get_token();
  }
  auto window =
      Measure(generation, std::min(warm_up, longest_), std::min(duration, longest_), stop);
  MutexLock lock(mutex_);
  running_ = false;
  return window;
}

void BenchmarkRunner::OnGeneration(std::int64_t generation) {
  std::stop_source stop(std::nostopstate);
  {
    MutexLock lock(mutex_);
    newest_ = std::max(newest_, generation);
    if (running_ && generation != generation_) stop = stop_;
  }
  // Outside of the lock: it calls what the benchmark registered.
  stop.request_stop();
}

void BenchmarkRunner::Stop() {
  std::stop_source stop(std::nostopstate);
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    if (running_) stop = stop_;
  }
  stop.request_stop();
}

absl::StatusOr<Window> BenchmarkRunner::Measure(std::int64_t generation, Duration warm_up,
                                                Duration duration, const std::stop_token& stop) {
  if (auto status = CheckGeneration(generation); !status.ok()) return status;
  if (warm_up > Duration::zero()) {
    if (auto status = Drive(generation, warm_up, stop); !status.ok()) return status;
  }
  const std::int64_t before = windows_.Cut();
  if (auto status = Drive(generation, duration, stop); !status.ok()) return status;
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
  std::int64_t present = controller_.View().generation;
  {
    MutexLock lock(mutex_);
    present = std::max(present, newest_);
  }
  if (present == generation) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, "generation {} is in force, not {}", present,
               generation);
}

absl::Status BenchmarkRunner::Drive(std::int64_t generation, Duration duration,
                                    const std::stop_token& stop) const {
  absl::Status driven;
  // The benchmark is the host's own code; what it throws must not end the
  // server's thread.
  try {
    driven = benchmark_(duration, stop);
  } catch (const std::exception& e) {
    driven = Error(absl::StatusCode::kInternal, "the benchmark threw: {}", e.what());
  } catch (...) {
    driven = Error(absl::StatusCode::kInternal, "the benchmark threw");
  }
  if (auto status = CheckGeneration(generation); !status.ok()) return status;
  if (stop.stop_requested()) return Error(absl::StatusCode::kUnavailable, "the host stops");
  return driven;
}

}  // namespace trimtab::host
