// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/model/configuration.h"
#include "daemon/model/objective.h"
#include "daemon/model/prediction.h"
#include "daemon/model/sla.h"
#include "daemon/model/window.h"

namespace trimtab {

// How a trial ended.
enum class Verdict {
  // Measured.
  kSuccess,
  // The candidate is bad: it broke the SLA or the host refused it.
  kFailed,
  // Nothing can be said: no traffic, a metric missing, too few windows.
  kInconclusive,
  // The measurement went wrong: the host restarted or didn't answer.
  kError,
};
// "SUCCESS", "FAILED", "INCONCLUSIVE", "ERROR".
const char* Name(Verdict verdict);

// What a trial was for.
enum class TrialPurpose { kBaseline, kCandidate, kIncumbent, kValidation, kImported };
// "baseline", "candidate", "incumbent", "validation", "imported".
const char* Name(TrialPurpose purpose);

// One configuration measured once.
struct Trial {
  std::int64_t id = 0;
  std::int64_t round = 0;
  TrialPurpose purpose = TrialPurpose::kCandidate;
  // As asked for, and as read back from the host.
  Configuration config;
  Configuration config_in_force;
  Verdict verdict = Verdict::kSuccess;
  std::string reason;
  // Set for kSuccess.
  std::optional<Score> score;
  // What the strategy's model expected of it, on the load at the round's start.
  std::optional<Prediction> predicted;
  // The latency histogram isn't kept in the store.
  Measurement measurement;
  SlaCompliance compliance;
  std::int64_t generation = 0;
  WallTime started_at;
  WallTime ended_at;
  std::string strategy;
  std::uint64_t seed = 0;
};

// A configuration with what is known of it.
struct ScoredConfiguration {
  Configuration config;
  std::optional<Score> score;
  MetricValues metrics;
  SlaCompliance compliance;
};

}  // namespace trimtab
