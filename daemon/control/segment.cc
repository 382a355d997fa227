// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "daemon/base/error.h"
#include "daemon/scoring/objective.h"
#include "daemon/scoring/sla.h"
#include "daemon/scoring/statistics.h"

namespace trimtab::control {
namespace {

// Windows that a mean and its spread are trusted from.
constexpr std::int64_t kMinWindowsForEarlyEnd = 3;

// Whether the score lies below the incumbent's by the hopeless margin even at
// the upper end of its 95 % interval.
bool Hopeless(const SegmentReading& reading, int windows, const Score& incumbent, double margin) {
  if (windows < kMinWindowsForEarlyEnd || !reading.score || !reading.score->standard_error) {
    return false;
  }
  const double t = StudentTQuantile(0.975, windows - 1);
  const double best_case = reading.score->value + t * *reading.score->standard_error;
  return best_case < incumbent.value - margin * std::abs(incumbent.value);
}

bool ConfidentEnough(const SegmentReading& reading, const MeasurePolicy& policy) {
  return reading.score && reading.score->standard_error &&
         *reading.score->standard_error <=
             policy.target_relative_error * std::abs(reading.score->value);
}

SegmentEnd Conclude(const Segment& segment, const SegmentReading& reading,
                    const TuningPolicy& policy) {
  const std::int64_t requests = reading.measurement.requests;
  if (requests < segment.min_requests) {
    return {Verdict::kInconclusive,
            fmt::format("{} requests in {} windows are fewer than the {} needed", requests,
                        reading.measurement.windows, segment.min_requests)};
  }
  if (!reading.score) return {Verdict::kInconclusive, reading.no_score};
  const SlaCompliance& met = reading.compliance;
  const bool only_throughput = met.throughput == false && met.latency_p99 != false &&
                               met.availability != false && met.error_rate != false;
  if (only_throughput && segment.empty_windows > 0) {
    return {Verdict::kInconclusive, fmt::format("there was no traffic in {} of {} windows",
                                                segment.empty_windows, segment.windows.size())};
  }
  if (met.compliant == false) {
    return {Verdict::kFailed,
            "breaks the SLA: " + DescribeBreach(policy.sla, reading.measurement.metrics)};
  }
  if (!policy.sla.empty() && !reading.compliance.compliant) {
    return {Verdict::kInconclusive, "a metric that the SLA demands is missing"};
  }
  return {Verdict::kSuccess, fmt::format("measured in {} windows", segment.windows.size())};
}

}  // namespace

void BeginSettling(Segment& segment, const Configuration& in_force, std::int64_t generation,
                   Moment now, const MeasurePolicy& policy) {
  segment.in_force = in_force;
  segment.generation = generation;
  segment.stage = Segment::Stage::kSettling;
  segment.settle_until = now.mono + policy.settle;
  segment.last_window = now.mono;
}

void AddWindow(Segment& segment, const HostWindow& window, Moment now, const TuningPolicy& policy) {
  segment.last_window = now.mono;
  // The window began its length ago. The host's wall clock is not asked: it may
  // differ from ours, and it may jump.
  if (now.mono - window.length < segment.settle_until) return;
  if (!segment.merged.Add(window).ok()) return;
  segment.stage = Segment::Stage::kMeasuring;
  segment.windows.push_back(window.metrics);
  // A window without requests proves nothing either way.
  if (window.requests == 0) ++segment.empty_windows;
  const bool breach =
      window.requests > 0 && EvaluateSla(policy.sla, window.metrics).compliant == false;
  segment.breach_run = breach ? segment.breach_run + 1 : 0;
}

SegmentReading Read(const Segment& segment, const TuningPolicy& policy,
                    const std::optional<MetricValues>& baseline) {
  SegmentReading reading;
  reading.measurement = segment.merged.Result();
  reading.compliance = EvaluateSla(policy.sla, reading.measurement.metrics);
  const MetricValues& reference = baseline ? *baseline : reading.measurement.metrics;
  const absl::StatusOr<double> score =
      ComputeScore(policy.objective, reading.measurement.metrics, reference);
  if (!score.ok()) {
    reading.no_score = Message(score.status());
    return reading;
  }
  RunningStats spread;
  for (const MetricValues& window : segment.windows) {
    const absl::StatusOr<double> each = ComputeScore(policy.objective, window, reference);
    if (each.ok()) spread.Add(*each);
  }
  reading.score = Score{*score, spread.StandardError()};
  return reading;
}

std::optional<SegmentEnd> EndOf(const Segment& segment, const SegmentReading& reading,
                                const TuningPolicy& policy, const std::optional<Score>& incumbent) {
  const int windows = static_cast<int>(segment.windows.size());
  if (segment.breach_run >= policy.guard.breach_windows) {
    return SegmentEnd{
        Verdict::kFailed,
        fmt::format("broke the SLA in {} windows, one after the other: {}", segment.breach_run,
                    DescribeBreach(policy.sla, segment.windows.back()))};
  }
  if (incumbent && Hopeless(reading, windows, *incumbent, policy.guard.hopeless_ratio)) {
    SegmentEnd end = Conclude(segment, reading, policy);
    end.hopeless = end.verdict == Verdict::kSuccess;
    if (end.verdict != Verdict::kInconclusive) return end;
  }
  if (windows < segment.min_windows) return std::nullopt;
  if (windows >= segment.max_windows) return Conclude(segment, reading, policy);
  if (reading.measurement.requests >= segment.min_requests &&
      ConfidentEnough(reading, policy.measure)) {
    return Conclude(segment, reading, policy);
  }
  return std::nullopt;
}

bool WindowsOverdue(const Segment& segment, MonotonicTime now, const MeasurePolicy& policy) {
  if (segment.stage == Segment::Stage::kApplying) return false;
  return now > segment.last_window + policy.window_timeout;
}

double Progress(const Segment& segment, MonotonicTime now) {
  switch (segment.stage) {
    case Segment::Stage::kApplying:
      return 0;
    case Segment::Stage::kSettling: {
      // Settling counts as one window.
      const std::chrono::duration<double> whole = segment.settle_until - segment.begun.mono;
      const std::chrono::duration<double> gone = now - segment.begun.mono;
      const double share = whole.count() <= 0 ? 1 : gone / whole;
      return std::clamp(share, 0.0, 1.0) / (segment.max_windows + 1);
    }
    case Segment::Stage::kMeasuring:
      return std::min(
          1.0, (1.0 + static_cast<double>(segment.windows.size())) / (segment.max_windows + 1));
  }
  return 0;
}

}  // namespace trimtab::control
