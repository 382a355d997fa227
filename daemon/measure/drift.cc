// SPDX-License-Identifier: Apache-2.0
#include "daemon/measure/drift.h"

#include <algorithm>
#include <cmath>

namespace trimtab {
namespace {

// A score that hardly varied while it was learnt still varies by this share.
constexpr double kLeastRelativeSpread = 0.005;
// One absurd window must not decide alone.
constexpr double kClip = 5;

}  // namespace

bool DriftDetector::Add(double score, double load) {
  if (reference_.count() < kReferenceWindows) {
    reference_.Add(score);
    reference_load_.Add(load);
    return false;
  }
  const double usual = reference_load_.mean();
  if (load > usual * kComparableLoad || load < usual / kComparableLoad) {
    other_load_.Add(load);
    return false;
  }
  other_load_ = RunningStats();
  const double spread = std::max(std::sqrt(*reference_.Variance()),
                                 kLeastRelativeSpread * std::abs(reference_.mean()));
  if (spread <= 0) return false;
  const double deviation = std::clamp((score - reference_.mean()) / spread, -kClip, kClip);
  // A mean of few windows is off by more than the drift that is tolerated: what
  // was taken for a drift would be the mean's own error.
  reference_.Add(reference_.mean() + deviation * spread);
  return test_.Add(deviation);
}

}  // namespace trimtab
