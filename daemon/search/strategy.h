// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/configuration.h"
#include "daemon/model/search_space.h"
#include "daemon/model/trial.h"

namespace trimtab {

// What became of one configuration, as the search sees it.
struct Observation {
  Configuration config;
  Verdict verdict = Verdict::kSuccess;
  // Set for kSuccess; higher is better.
  std::optional<Score> score;
  // True while the result is still out.
  bool pending = false;
};

// A strategy of search, asked for candidates and told of results through the
// history. A suggestion depends on the space, the seed and the history alone:
// a run can be replayed, and a restarted daemon goes on where it stopped.
// Implementations keep no state between calls and are thread-safe.
class Strategy {
 public:
  virtual ~Strategy() = default;

  // "grid", "random", "sobol".
  virtual std::string_view name() const = 0;

  // Proposes the next candidate: inside the space, obeying its rules, and in a
  // finite space never one that the history holds already. Nothing once the
  // space is exhausted. `history` in the order in which trials began.
  virtual std::optional<Configuration> Suggest(const std::vector<Observation>& history) const = 0;
};

// Makes a strategy by name. INVALID_ARGUMENT lists the names; the same for a
// space that the strategy can't search (`grid` needs a finite one).
absl::StatusOr<std::unique_ptr<Strategy>> CreateStrategy(std::string_view name, SearchSpace space,
                                                         std::uint64_t seed);
// The names that CreateStrategy knows.
std::vector<std::string> StrategyNames();

}  // namespace trimtab
