// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace trimtab {

// Page-Hinkley test for a change of the mean of standardised values, in either
// direction. Page, "Continuous inspection schemes", Biometrika 41 (1954);
// Hinkley, Biometrika 58 (1971). `delta` is the drift that is tolerated and
// `lambda` the threshold, both in standard deviations. A value type.
class PageHinkley {
 public:
  PageHinkley(double delta, double lambda) : delta_(delta), lambda_(lambda) {}

  // Returns true once the mean has changed.
  bool Add(double value);

 private:
  double delta_;
  double lambda_;
  // Cumulated evidence for a rise and for a fall, never below zero.
  double rise_ = 0;
  double fall_ = 0;
};

}  // namespace trimtab
