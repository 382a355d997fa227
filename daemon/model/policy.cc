// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/policy.h"

namespace trimtab {

const char* Name(TuningMode mode) {
  switch (mode) {
    case TuningMode::kObserve:
      return "observe";
    case TuningMode::kRecommend:
      return "recommend";
    case TuningMode::kApprove:
      return "approve";
    case TuningMode::kAuto:
      return "auto";
  }
  return "unknown";
}

}  // namespace trimtab
