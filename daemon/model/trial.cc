// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/trial.h"

namespace trimtab {

const char* Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSuccess:
      return "SUCCESS";
    case Verdict::kFailed:
      return "FAILED";
    case Verdict::kInconclusive:
      return "INCONCLUSIVE";
    case Verdict::kError:
      return "ERROR";
  }
  return "UNKNOWN";
}

const char* Name(TrialPurpose purpose) {
  switch (purpose) {
    case TrialPurpose::kBaseline:
      return "baseline";
    case TrialPurpose::kCandidate:
      return "candidate";
    case TrialPurpose::kIncumbent:
      return "incumbent";
    case TrialPurpose::kValidation:
      return "validation";
    case TrialPurpose::kImported:
      return "imported";
  }
  return "unknown";
}

}  // namespace trimtab
