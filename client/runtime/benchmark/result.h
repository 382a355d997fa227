// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/runtime/benchmark/histogram.h"
#include "client/runtime/benchmark/load.h"
#include "daemon/base/clock.h"

namespace trimtab::benchmark {

// One stretch of a run, by itself: what a comparison takes its uncertainty from.
struct Batch {
  Duration begin{};
  Duration length{};
  std::int64_t succeeded = 0;
  // Errors, timeouts and missed requests.
  std::int64_t failed = 0;
  // Latencies counted here; 0: the rest says nothing.
  std::int64_t latencies = 0;
  double mean_ns = 0;
  double p50_ns = 0;
  double p95_ns = 0;
  double p99_ns = 0;
  double p999_ns = 0;

  friend bool operator==(const Batch&, const Batch&) = default;
};

// Resident memory of the process measured, in bytes. Nothing where the kernel
// didn't tell.
struct MemoryUse {
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  // The largest reading; memory is read about every 50 ms.
  std::optional<std::int64_t> peak;

  friend bool operator==(const MemoryUse&, const MemoryUse&) = default;
};

// What a run amounts to. A value.
//
// Latency counts from the intended send. It holds successes, timeouts and
// missed requests (with the time that they had waited), not errors.
struct Result {
  std::string name;
  // What else is worth knowing, such as the target.
  std::map<std::string, std::string> labels;
  Load load;
  Duration warm_up{};
  // Size of a request's payload, where the benchmark sets it.
  std::optional<std::int64_t> request_bytes;

  WallTime begun;
  // From the first intended send to the last answer, and the whole duration
  // asked for unless it was ended early.
  Duration length{};
  bool interrupted = false;

  std::int64_t succeeded = 0;
  std::int64_t errors = 0;
  std::int64_t timeouts = 0;
  // Due in an open loop, but not sent before the end.
  std::int64_t missed = 0;
  // Of the successes, both ways as the benchmark counts it.
  std::int64_t payload_bytes = 0;
  Histogram latency;
  MemoryUse memory;
  std::vector<Batch> batches;
  // How often each error's text came, at most kMaxErrorTexts of them.
  std::map<std::string, std::int64_t> error_texts;
  // What makes the numbers doubtful, in sentences.
  std::vector<std::string> warnings;

  static constexpr std::size_t kMaxErrorTexts = 10;

  // All requests, however they ended.
  std::int64_t iterations() const { return succeeded + errors + timeouts + missed; }
  std::int64_t failed() const { return errors + timeouts + missed; }
  // Successes, and their payload, a second.
  double ThroughputOps() const;
  double ThroughputBytes() const;
  double FailedPercent() const;

  friend bool operator==(const Result&, const Result&) = default;
};

// The percentiles that reports show: {"p50", 0.5} to {"p999", 0.999}.
struct NamedQuantile {
  const char* name;
  double q;
};
inline constexpr NamedQuantile kQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}};

}  // namespace trimtab::benchmark
