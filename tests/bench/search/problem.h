// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/search/bayes.h"

namespace trimtab::bench {

// A space whose every point (or every row of a table over it) has a known value.
struct Problem {
  // Problems of one group weigh as one together.
  std::string group;
  std::string name;
  SearchSpace space;
  // Of each row, the level of each parameter in its list of values.
  std::vector<std::vector<int>> levels;
  std::vector<double> values;
  bool minimize = true;
  // Of the constrained quantity; empty without a constraint.
  std::vector<double> limited;
  Bound bound;

  // After the fields above are set: the best and the median of feasible rows.
  void Finish();
  bool Feasible(int row) const;
  // (best - value) / (best - median) in [0, 1]; 1 for nothing and where
  // infeasible.
  double Regret(int row) const;
  // The row of a configuration; the nearest one where the table lacks it.
  int Row(const Configuration& configuration) const;

 private:
  double best_ = 0;
  double median_ = 0;
  std::map<std::vector<int>, int> rows_;
};

// Five problems of each of six families, drawn from a fixed seed: additive,
// interacting, cliff, plateau, heavy tail, many irrelevant parameters. With
// `quantile` > 0 a second quantity is limited to its best such share.
std::vector<Problem> Families(int each, double quantile);
// The tables (CSV) of a directory with columns param:NAME:TYPE and
// obj:NAME:min|max. The first objective of each, and the second ones named
// "table/objective" in `second`.
std::vector<Problem> Tables(const std::string& directory, double quantile,
                            const std::vector<std::string>& second);

}  // namespace trimtab::bench
