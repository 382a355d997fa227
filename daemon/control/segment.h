// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/measure/merge.h"
#include "daemon/model/policy.h"
#include "daemon/model/trial.h"

namespace trimtab::control {

// A moment on both clocks, as given to one step of the control loop.
struct Moment {
  MonotonicTime mono;
  WallTime wall;
};

// One configuration on its way through a measurement: applied, settling,
// measured. Every trial, the baseline and each half of a validation is one. A
// value type.
struct Segment {
  enum class Stage { kApplying, kSettling, kMeasuring };

  std::int64_t trial_id = 0;
  TrialPurpose purpose = TrialPurpose::kCandidate;
  Configuration config;
  // What the strategy's model expects of it.
  std::optional<Prediction> predicted;
  // Read back from the host; set once applied.
  Configuration in_force;
  Stage stage = Stage::kApplying;
  std::int64_t generation = 0;
  int min_windows = 0;
  int max_windows = 0;
  std::int64_t min_requests = 0;

  Moment begun;
  MonotonicTime settle_until;
  MonotonicTime last_window;

  WindowMerger merged;
  std::vector<MetricValues> windows;
  // Windows without a request.
  int empty_windows = 0;
  // Windows in breach of the SLA, one after the other up to now.
  int breach_run = 0;
};

// What a segment amounts to so far.
struct SegmentReading {
  Measurement measurement;
  SlaCompliance compliance;
  // Nothing when the objective can't be computed; `no_score` says why.
  std::optional<Score> score;
  std::string no_score;
};

// How a segment ended.
struct SegmentEnd {
  Verdict verdict = Verdict::kSuccess;
  std::string reason;
  // The candidate was clearly worse than the incumbent; it went back early.
  bool hopeless = false;
};

// Takes the host's answer to the apply: settling begins.
void BeginSettling(Segment& segment, const Configuration& in_force, std::int64_t generation,
                   Moment now, const MeasurePolicy& policy);

// Takes one window of the segment's generation, which just arrived. A window
// that began before the host had settled is thrown away.
void AddWindow(Segment& segment, const HostWindow& window, Moment now, const TuningPolicy& policy);

// What the windows say. `baseline` is the reference of a weighted objective;
// without one the segment is its own.
SegmentReading Read(const Segment& segment, const TuningPolicy& policy,
                    const std::optional<MetricValues>& baseline);

// Whether the segment is over, and how. `incumbent` is the score that a
// candidate must not be hopeless against; nothing to measure it to the end.
std::optional<SegmentEnd> EndOf(const Segment& segment, const SegmentReading& reading,
                                const TuningPolicy& policy, const std::optional<Score>& incumbent);

// Whether no window came for too long.
bool WindowsOverdue(const Segment& segment, MonotonicTime now, const MeasurePolicy& policy);

// Share of the segment that is done, 0 to 1.
double Progress(const Segment& segment, MonotonicTime now);

}  // namespace trimtab::control
