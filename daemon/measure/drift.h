// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/measure/page_hinkley.h"
#include "daemon/scoring/statistics.h"

namespace trimtab {

// Watches one configuration's score for a lasting change. It learns mean and
// spread, and the load that they belong to, from the first windows; later ones
// at a comparable load are standardised, tested, and then learnt from too. A
// window at another load says nothing about the configuration and is passed
// over, but when they last, that is a change of its own. A steady score raises an alarm once in
// (exp(2 delta lambda) - 1 - 2 delta lambda) / (2 delta^2) windows (Siegmund,
// "Sequential Analysis", 1985, for independent normal scores). A value type.
class DriftDetector {
 public:
  // Windows that the reference is learnt from.
  static constexpr int kReferenceWindows = 20;
  // Loads within this factor of the reference are comparable.
  static constexpr double kComparableLoad = 1.5;
  // Windows at other loads, one after the other, that make a lasting change.
  static constexpr int kLastingWindows = 300;

  DriftDetector(double delta, double lambda) : test_(delta, lambda) {}

  // `load` in requests per second. Returns true once the score has drifted.
  bool Add(double score, double load);
  // Whether the newest kLastingWindows were all at other loads than the one that
  // was learnt.
  bool LoadHasChanged() const { return other_load_.count() >= kLastingWindows; }
  // The mean load that was learnt, and that of the newest windows in a row at
  // other ones.
  double usual_load() const { return reference_load_.mean(); }
  double other_load() const { return other_load_.mean(); }

 private:
  RunningStats reference_;
  RunningStats reference_load_;
  RunningStats other_load_;
  PageHinkley test_;
};

}  // namespace trimtab
