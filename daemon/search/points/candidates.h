// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <vector>

#include "daemon/base/random.h"
#include "daemon/search/points/encoder.h"
#include "daemon/search/points/ruled.h"

namespace trimtab::search {

using RowSet = std::set<Eigen::RowVectorXd, decltype(&RowLess)>;

// The points among which the next trial is chosen. A finite space of at most
// kEnumerated points is listed once and searched whole. From a larger one a
// sample is drawn at each suggestion, and refined by moves from the best
// points. Every point obeys the rules. Where these leave so few that drawing
// meets hardly one, they are looked for once: all of them in a finite space of
// at most kScanned points, else some by Ruled. Immutable and thread-safe.
class Candidates {
 public:
  static constexpr std::uint64_t kEnumerated = 4096;
  // Size of a sample of a larger space.
  static constexpr int kSample = 1500;
  static constexpr std::uint64_t kScanned = std::uint64_t{1} << 21;

  explicit Candidates(const Encoder& encoder);

  bool enumerated() const { return enumerated_; }
  // All points of an enumerated space.
  const Eigen::MatrixXd& all() const { return all_; }
  // A random point, nothing when none was found.
  std::optional<Eigen::RowVectorXd> Draw(Random& random) const;
  // The first point of a finite space, from the `start`-th on and round, that
  // `taken` lacks; looks at kScanned points.
  std::optional<Eigen::RowVectorXd> FirstWithout(const RowSet& taken, std::uint64_t start) const;

  // A sample: Sobol points with a shift drawn from `random`, and the
  // neighbours of `centers`.
  Eigen::MatrixXd Sample(const std::vector<Eigen::RowVectorXd>& centers, Random& random) const;
  // The points that differ from `center` in one coordinate: every other level
  // of an axis with levels, a few steps of several sizes on the others.
  void AddNeighbours(const Eigen::RowVectorXd& center, Random& random, RowSet& rows) const;

  bool Allowed(const Eigen::RowVectorXd& row) const;

 private:
  // The allowed ones of the first `count` points, while they are no more than
  // kEnumerated.
  std::optional<std::vector<Eigen::RowVectorXd>> Scan(std::uint64_t count) const;
  void FindRare();

  const Encoder& encoder_;
  Ruled ruled_;
  bool enumerated_ = false;
  Eigen::MatrixXd all_;
  // Of a space that is not enumerated and of which the rules allow little.
  std::vector<Eigen::RowVectorXd> rare_;
};

Eigen::MatrixXd Stack(const RowSet& rows, Eigen::Index columns);

}  // namespace trimtab::search
