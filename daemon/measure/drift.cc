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
  if (load > usual * kComparableLoad || load < usual / kComparableLoad) return false;
  const double spread = std::max(std::sqrt(*reference_.Variance()),
                                 kLeastRelativeSpread * std::abs(reference_.mean()));
  if (spread <= 0) return false;
  return test_.Add(std::clamp((score - reference_.mean()) / spread, -kClip, kClip));
}

}  // namespace trimtab
