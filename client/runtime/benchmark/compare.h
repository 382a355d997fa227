// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/runtime/benchmark/result.h"

namespace trimtab::benchmark {

// What a difference between two runs is worth.
enum class Verdict {
  // The whole interval is on the better, or the worse, side of the margin.
  kBetter,
  kWorse,
  // The whole interval is within the margin.
  kSame,
  // The runs are too short to tell.
  kUncertain,
  // There is too little of it in one of the runs to say anything; `note` says
  // why.
  kUnknown,
};
// "better", "worse", "same", "uncertain", "unknown".
const char* Name(Verdict verdict);

// One metric of two runs. Changes are in percent of the first; an increase is
// positive, whether or not it is an improvement.
struct MetricComparison {
  // "throughput_ops_per_second", "latency_mean_ns", "latency_p50_ns", ...
  std::string metric;
  bool higher_is_better = false;
  // Over each whole run.
  double before = 0;
  double after = 0;
  // The confidence interval of the change, and its middle. Not for kUnknown.
  std::optional<double> change_percent;
  std::optional<double> low_percent;
  std::optional<double> high_percent;
  Verdict verdict = Verdict::kUnknown;
  std::string note;
};

struct Comparison {
  std::string name;
  double confidence = 0.95;
  // Changes within this don't matter.
  double margin_percent = 0;
  std::vector<MetricComparison> metrics;
  // What makes the runs hard to compare, such as another load.
  std::vector<std::string> warnings;
};

struct CompareOptions {
  // Of each interval by itself, above 0 and below 1.
  double confidence = 0.95;
  double margin_percent = 1;
};

// Compares two runs, metric by metric.
//
// Method: batch means. Latencies of one run depend on each other (a stall hits
// many in a row), so they must not be taken as so many independent samples; each
// run is cut into at most 30 batches of equal length, long enough to depend on
// each other little, and one number of each batch (its throughput, its mean, a
// percentile) is one observation (Law, "Simulation Modeling and Analysis",
// section 9.5.3). The logarithms of the two runs' observations are compared by
// Welch's interval for the difference of two means of unequal variance (Welch,
// "The generalization of Student's problem when several different population
// variances are involved", Biometrika 34, 1947), with Satterthwaite's degrees of
// freedom; the difference of logarithms is the logarithm of the ratio of
// geometric means, so the interval is one of the relative change.
//
// Assumptions: batches are near independent and the machine was the same. Where
// neighbours are correlated beyond what chance gives, pairs of them are joined,
// and so on (Law and Carson, "A Sequential Procedure for Determining the Length
// of a Steady-State Simulation", Operations Research 27, 1979); where seven
// still are, the note says so. What varies from run to run but not within one, such as memory
// layout or a noisy neighbour, is not in the interval: repeat both runs, in
// turns, before a small difference is believed.
//
// A percentile needs at least one latency above it in each batch, or else is
// kUnknown; the last batch, which is shorter or longer, counts as the others.
Comparison Compare(const Result& before, const Result& after, const CompareOptions& options);

}  // namespace trimtab::benchmark
