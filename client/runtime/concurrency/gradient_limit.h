// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/random.h"

namespace trimtab::runtime {

struct GradientOptions {
  // Bounds of the limit, and where it begins; 1 <= min <= initial <= max.
  std::int64_t min_limit = 1;
  std::int64_t max_limit = 1000;
  std::int64_t initial_limit = 20;
  // Latency over the baseline that doesn't count as a queue; from 1.
  double tolerance = 1.5;
  // A window ends after so long and so many samples, whichever is later.
  Duration window = std::chrono::milliseconds(100);
  std::int64_t window_samples = 20;
  // Share of the way to the new limit that a window takes; over 0, to 1.
  double smoothing = 0.3;
  // The baseline is measured with this many requests in flight at most, and
  // over so many; both from 1.
  std::int64_t probe_limit = 3;
  std::int64_t probe_samples = 20;
  // A baseline older than this is measured anew, a tenth earlier or later by
  // lot, so that instances don't probe in step.
  Duration probe_every = std::chrono::seconds(30);
  // A new baseline is at most so many times the former; over 1.
  double max_baseline_growth = 1.5;
  std::uint64_t seed = 1;
};

// INVALID_ARGUMENT lists what is wrong.
absl::Status CheckGradientOptions(const GradientOptions& options);

// A request that ended.
struct LatencySample {
  MonotonicTime start;
  MonotonicTime end;
  // Requests in flight when it started, itself included.
  std::int64_t in_flight = 1;
  // Refused or timed out: its latency says nothing, but that the server has too
  // much to do.
  bool overloaded = false;
};

// Decides how many requests to have in flight: by the gradient of the latency
// against that of an idle server,
//
//   gradient = clamp(tolerance * baseline / latency, 0.5, 1)
//   limit   <- limit + smoothing * (gradient * limit + sqrt(limit) - limit)
//
// where latency is a window's median and baseline the median of requests that
// had almost no company. It rests where the queue outweighs the sqrt(limit):
// latency = tolerance * baseline / (1 - 1/sqrt(limit)).
//
// The formula is that of Envoy's gradient controller and of Netflix's Gradient
// limit. What differs, each for a failure that those had (README.md):
// - A baseline comes only from requests that began after the limit was lowered
//   to probe_limit and with no more than that in flight; never from what was
//   still queued of before.
// - A baseline grows by at most max_baseline_growth at a time, so that a server
//   that is ill for a while isn't taken for a healthy one; and it isn't
//   averaged with the latencies under load, which would let both rise together.
// - While fewer than half the permits were in use the limit isn't raised: the
//   latency of a server that nobody presses proves nothing.
// - When traffic is so low that a whole window of requests has no company anyway,
//   it is the measurement, and no probe is made.
//
// Reads no clock: time is that of the samples. Deterministic by its seed. Not
// thread-safe. Options must be valid.
class GradientLimit {
 public:
  GradientLimit(const GradientOptions& options, MonotonicTime now);

  void Add(const LatencySample& sample);
  // From now on with these; baseline and limit are kept, the limit within the
  // new bounds. `initial_limit` and `seed` count only at the beginning.
  void SetOptions(const GradientOptions& options);
  const GradientOptions& options() const { return options_; }

  // What to let through now; probe_limit while the baseline is measured.
  std::int64_t limit() const;
  bool probing() const { return probing_; }
  // Zero until it has been measured once.
  Duration baseline() const { return baseline_; }
  // Windows that moved the limit or kept it.
  std::int64_t windows() const { return windows_; }

 private:
  void BeginProbe(MonotonicTime now);
  void SetBaseline(Duration measured, MonotonicTime now);
  void BeginWindow(MonotonicTime now);
  void CloseWindow(MonotonicTime now);

  GradientOptions options_;
  Random random_;
  double limit_;
  Duration baseline_{};
  bool probing_ = false;
  // Samples that began before are of another limit.
  MonotonicTime epoch_;
  MonotonicTime next_probe_ = MonotonicTime::max();
  // Latencies of the probe under way.
  std::vector<Duration> quiet_;
  // The open window.
  MonotonicTime opened_;
  std::vector<Duration> latencies_;
  std::int64_t overloaded_ = 0;
  std::int64_t most_in_flight_ = 0;
  std::int64_t windows_ = 0;
};

}  // namespace trimtab::runtime
