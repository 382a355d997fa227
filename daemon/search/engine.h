// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "daemon/search/acquisition/lookahead.h"
#include "daemon/search/bayes.h"
#include "daemon/search/points/candidates.h"

namespace trimtab::search {

// What the engine proposes, in the surrogate's coordinates.
struct Choice {
  Eigen::RowVectorXd place;
  // True when the place was measured before.
  bool repeat = false;
  std::optional<Prediction> prediction;
  std::optional<Outlook> outlook;
};

// What BayesStrategy is made of: everything that depends on the space and the
// options alone is worked out once, each call works from a Digest. Immutable
// and thread-safe.
class Engine {
 public:
  Engine(SearchSpace space, std::uint64_t seed, StrategyOptions options);
  // Parts refer to each other.
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const Encoder& encoder() const { return encoder_; }
  std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const;
  // The configurations measured that likely keep every bound, best first.
  std::vector<Incumbent> Rank(const std::vector<Observation>& history) const;
  std::vector<FrontPoint> Front(const std::vector<Observation>& history) const;
  std::vector<double> Importances(const std::vector<Observation>& history) const;

 private:
  static RowSet UsedRows(const Digest& digest);
  Digest Read(const std::vector<Observation>& history) const;
  // Nothing while no measurement was made.
  std::optional<Models> Fit(const Digest& digest) const;
  std::optional<Choice> Explore(const Digest& digest) const;
  std::optional<Choice> Exploit(const Digest& digest, const Models& models) const;
  void AddPending(const Digest& digest, Models& models) const;
  // The points from which the next is chosen, those used up left out, the most
  // promising `count` of them.
  PointSet Promising(const Models& models, const RowSet& used, int count) const;
  // The own row to be measured again so that the noise is known, if any.
  std::optional<int> NoiseProbe(const Models& models, const std::vector<int>& repeats) const;
  Choice Fresh(const Models& models, const PointSet& point) const;
  Choice Repeat(const Models& models, const Standing& standing, int row) const;
  // The own rows that may be the incumbent.
  std::vector<int> Eligible(const Models& models, const Standing& standing) const;
  Incumbent Describe(const Models& models, const Standing& standing, Eigen::Index row) const;
  PointSet WithSource(PointSet points, int source) const;
  Prediction InScore(const Models& models, const Moments& moments) const;
  Outlook Look(const Models& models, const Standing& standing, double expected_gain) const;

  std::uint64_t seed_;
  StrategyOptions options_;
  std::vector<std::string> metrics_;
  std::vector<Output> outputs_;
  Encoder encoder_;
  Candidates candidates_;
  Digest prior_;
  // Over the encoder's axes, and where there are prior trials one more
  // category: whose trial it is.
  Kernel kernel_;
  HyperPrior hyper_prior_;
  PointSet all_;
  std::vector<Eigen::RowVectorXd> design_;
};

}  // namespace trimtab::search
