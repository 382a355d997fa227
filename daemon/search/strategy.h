// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/configuration.h"
#include "daemon/model/prediction.h"
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
  // Further measured quantities by name, for constraints and for further
  // objectives.
  std::map<std::string, double> metrics;
};

// A limit on a measured quantity that the incumbent must keep.
struct Bound {
  // Key in Observation::metrics.
  std::string metric;
  std::optional<double> min;
  std::optional<double> max;
};

// A measured quantity that is to be good beside the score, with no exchange
// rate between the two: the search looks for the Pareto front.
struct Further {
  // Key in Observation::metrics.
  std::string metric;
  bool minimize = true;
};

// What a strategy may know beyond the space. `bayes` uses all of it, `hill_climb`
// the start.
struct StrategyOptions {
  // Each limit is learned by a model of its own. While nothing of a quantity was
  // measured, nothing is known to keep its bound.
  std::vector<Bound> bounds;
  // At most two, so that there are three objectives with the score.
  std::vector<Further> further;
  // What the host runs with now: tried first while the history lacks it. A host
  // may run with what the space does not allow; then it is of no use here.
  std::optional<Configuration> start;
  // Trials of a similar host or of an earlier study. How much they say of this
  // one is learned; where they mislead they are discounted.
  std::vector<Observation> prior;
};

struct Suggestion {
  Configuration config;
  // Set by strategies with a model once it has enough to go by.
  std::optional<Prediction> prediction;
  std::optional<Outlook> outlook;
};

// One of the configurations that were measured, as a model sees it.
struct Incumbent {
  Configuration config;
  Prediction prediction;
  // Probability that every bound holds; 1 without bounds.
  double feasibility = 1;
};

// A configuration of the Pareto front: no other that was tried is expected to
// be better in one objective and as good in all.
struct FrontPoint {
  Incumbent incumbent;
  // Expected values of the further objectives by metric.
  std::map<std::string, double> further;
};

// What a model has learnt from a history. Configurations hold the parameters of
// the space only.
struct Appraisal {
  // The measured configurations that likely keep every bound, best first.
  std::vector<Incumbent> ranking;
  // With further objectives those of them that make the Pareto front, by the
  // model, the highest score first; without, the one with the highest.
  std::vector<FrontPoint> front;
  // How much of the score's variation over the space each parameter takes part
  // in, 0 to 1; interactions are counted with each of their parameters.
  std::map<std::string, double> importances;
};

// A strategy of search, asked for candidates and told of results through the
// history. A suggestion depends on the space, the seed and the history alone:
// a run can be replayed, and a restarted daemon goes on where it stopped.
// Implementations keep no state that an answer depends on and are thread-safe.
class Strategy {
 public:
  virtual ~Strategy() = default;

  // One of StrategyNames().
  virtual std::string_view name() const = 0;

  // Proposes the next candidate: inside the space and obeying its rules. In a
  // finite space only `bayes` proposes one that the history holds already, to
  // measure it better. Nothing once the space is exhausted. `history` in the
  // order in which trials began; what the space does not contain, such as the
  // configuration that a host came with, teaches nothing.
  virtual std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const = 0;

  // What the history teaches. Nothing from a strategy without a model, or while
  // nothing was measured.
  virtual std::optional<Appraisal> Appraise(const std::vector<Observation>& /*history*/) const {
    return std::nullopt;
  }
};

// Makes a strategy by name. INVALID_ARGUMENT lists the names; the same for a
// space that the strategy can't search (`grid` needs a finite one, `bayes` one
// of which its rules allow a configuration) and for options that make no sense:
// a bound without limits or with min above max, too many further objectives,
// prior trials that are all of another space (single ones teach nothing, as in
// the history).
absl::StatusOr<std::unique_ptr<Strategy>> CreateStrategy(std::string_view name, SearchSpace space,
                                                         std::uint64_t seed,
                                                         StrategyOptions options = {});
// The names that CreateStrategy knows.
std::vector<std::string> StrategyNames();

}  // namespace trimtab
