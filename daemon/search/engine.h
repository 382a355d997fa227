// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "daemon/base/mutex.h"
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

// What is learned from a history; refers to the engine that learned it.
struct Learned {
  Learned(const Kernel& kernel, Digest its_digest)
      : digest(std::move(its_digest)), models(kernel) {}
  // The models refer to the digest.
  Learned(const Learned&) = delete;
  Learned& operator=(const Learned&) = delete;

  const Digest digest;
  Models models;
  Standing standing;
};

// What BayesStrategy is made of: everything that depends on the space and the
// options alone is worked out once, each call works from a Digest. The last fit
// is kept, as whoever asks what is best asks next what to try; no answer depends
// on it. Thread-safe.
class Engine {
 public:
  Engine(SearchSpace space, std::uint64_t seed, StrategyOptions options);
  // Parts refer to each other.
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const Encoder& encoder() const { return encoder_; }
  // Whether nothing can be tried, because no configuration that obeys the rules
  // was found.
  bool hopeless() const { return design_.empty(); }
  std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const;
  // The configurations measured that likely keep every bound, best first.
  std::vector<Incumbent> Rank(const std::vector<Observation>& history) const;
  std::vector<FrontPoint> Front(const std::vector<Observation>& history) const;
  std::vector<double> Importances(const std::vector<Observation>& history) const;
  std::optional<Appraisal> Appraise(const std::vector<Observation>& history) const;

 private:
  static RowSet UsedRows(const Digest& digest);
  Digest Read(const std::vector<Observation>& history) const;
  // Null while no measurement was made.
  std::shared_ptr<const Learned> Learn(Digest digest) const;
  // False where there is nothing to fit to.
  bool Fit(Learned& learned) const;
  std::vector<Incumbent> RankBy(const Learned& learned) const;
  std::vector<FrontPoint> FrontBy(const Learned& learned) const;
  std::vector<double> ImportancesBy(const Models& models) const;
  std::optional<Choice> Explore(const RowSet& used) const;
  std::optional<Choice> Exploit(const Digest& digest, const Models& models) const;
  // For a digest in which a trial is pending. False when no model is left.
  bool AddPending(const Digest& digest, Models& models) const;
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
  // What the host runs with, where the space allows it.
  std::optional<Eigen::RowVectorXd> start_;
  std::vector<Eigen::RowVectorXd> design_;

  mutable Mutex mutex_;
  mutable std::shared_ptr<const Learned> last_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::search
