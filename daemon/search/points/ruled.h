// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "daemon/base/random.h"
#include "daemon/search/points/encoder.h"

namespace trimtab::search {

// Finds and shakes points of a space of whose points rules allow only few, where
// drawing until one is allowed does not end. Immutable and thread-safe; refers
// to the encoder.
class Ruled {
 public:
  explicit Ruled(const Encoder& encoder);

  // Whether every rule holds at a canonical row; as SearchSpace::CheckRules,
  // without making a configuration of it.
  bool Holds(const Eigen::RowVectorXd& row) const;

  // Moves one parameter after the other to where the rules are missed least (the
  // sum of squares, each rule in units of its own reach). Nothing when that ends
  // at a point that breaks one.
  std::optional<Eigen::RowVectorXd> Repair(Eigen::RowVectorXd row, Random& random) const;
  // Draws each parameter of an allowed row anew among the values that the rules
  // leave it, the others held: one sweep of Gibbs sampling, the draw by
  // shrinkage (Neal, "Slice sampling", Annals of Statistics 31, 2003, section 4).
  Eigen::RowVectorXd Stir(Eigen::RowVectorXd row, Random& random) const;

 private:
  struct Line {
    // By axis; 0 where the rule does not name it.
    Eigen::RowVectorXd factors;
    double constant = 0;
    Rule::Comparison comparison = Rule::Comparison::kLessEqual;
    // The most that the sum can be away from 0.
    double reach = 1;
  };

  Eigen::RowVectorXd Numbers(const Eigen::RowVectorXd& row) const;
  static bool Holds(const Line& line, const Eigen::RowVectorXd& numbers);
  bool AllHold(const Eigen::RowVectorXd& numbers) const;
  double Miss(const Eigen::RowVectorXd& numbers) const;
  // The values of a parameter at which a rule just holds or all are missed least,
  // the others held.
  std::vector<ParameterValue> Turns(std::size_t axis, Eigen::RowVectorXd numbers) const;

  const Encoder& encoder_;
  std::vector<Line> lines_;
  // Axes that a rule names.
  std::vector<std::size_t> named_;
};

}  // namespace trimtab::search
