// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <vector>

#include "daemon/base/random.h"
#include "daemon/search/points/encoder.h"

namespace trimtab::search {

using RowSet = std::set<Eigen::RowVectorXd, decltype(&RowLess)>;

// The points among which the next trial is chosen. A finite space of at most
// kEnumerated points is listed once and searched whole. From a larger one a
// sample is drawn at each suggestion, and refined by moves from the best
// points. Every point obeys the rules. Immutable and thread-safe.
class Candidates {
 public:
  static constexpr std::uint64_t kEnumerated = 4096;
  // Size of a sample of a larger space.
  static constexpr int kSample = 1500;

  explicit Candidates(const Encoder& encoder);

  bool enumerated() const { return enumerated_; }
  // All points of an enumerated space.
  const Eigen::MatrixXd& all() const { return all_; }

  // A sample: Sobol points with a shift drawn from `random`, and the
  // neighbours of `centers`.
  Eigen::MatrixXd Sample(const std::vector<Eigen::RowVectorXd>& centers, Random& random) const;
  // The points that differ from `center` in one coordinate: every other level
  // of an axis with levels, a few steps of several sizes on the others.
  void AddNeighbours(const Eigen::RowVectorXd& center, Random& random, RowSet& rows) const;

  bool Allowed(const Eigen::RowVectorXd& row) const;

 private:
  const Encoder& encoder_;
  bool enumerated_ = false;
  Eigen::MatrixXd all_;
};

Eigen::MatrixXd Stack(const RowSet& rows, Eigen::Index columns);

}  // namespace trimtab::search
