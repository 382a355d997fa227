// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "daemon/search/points/encoder.h"
#include "daemon/search/strategy.h"

namespace trimtab::search {

// One measurement of one configuration.
struct Sample {
  // As the strategy is told it; higher is better. NaN for a trial that failed
  // and of which only metrics are known.
  double score = 0;
  // 0 where unknown.
  double standard_error = 0;
  // In the order of the names given to Digest; NaN where not measured.
  std::vector<double> metrics;

  friend bool operator<(const Sample& a, const Sample& b);
};

// All that a history says of one configuration.
struct Record {
  Eigen::RowVectorXd place;
  std::vector<Sample> samples;
  // Trials that broke a limit or were refused, or whose score is infinitely bad.
  int failures = 0;
  // Trials that said nothing.
  int silent = 0;
  int pending = 0;

  // Whether there is a score.
  bool measured() const;
};

// A history sorted by configuration: what the search does depends on this
// alone, so that neither the order of the results nor that of the trials
// matters. Observations that the space does not contain are left out.
struct Digest {
  std::vector<Record> records;

  static Digest Of(const Encoder& encoder, const std::vector<Observation>& history,
                   const std::vector<std::string>& metrics);
};

// Number of trials that a model learns from: those measured and those that
// failed.
std::uint64_t Measurements(const Digest& digest);
// Whether a model learns the same from both: they may differ in what is pending
// and in trials that said nothing.
bool SameMeasurements(const Digest& a, const Digest& b);

}  // namespace trimtab::search
