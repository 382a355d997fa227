// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

namespace trimtab::search {

// All of these take points as rows, one column an objective, lower is better.

// The rows that no other row is better than or equal to in every objective; of
// equal rows the first. Differences up to `slack` count as none.
std::vector<int> NotDominated(const Eigen::MatrixXd& points, double slack = 0);

// Volume of what the points dominate within `reference`. For one to three
// objectives. Cost: O(n^(objectives - 1) log n).
double Hypervolume(const Eigen::MatrixXd& points, const Eigen::RowVectorXd& reference);

// By how much `point` would enlarge the hypervolume of `front`: its own volume
// without what the front dominates of it (While, Bradstreet, Barone, "A fast
// way of calculating exact hypervolumes", IEEE Trans. Evol. Comput. 16, 2012,
// section III). Never negative.
double HypervolumeGain(const Eigen::MatrixXd& front, const Eigen::RowVectorXd& point,
                       const Eigen::RowVectorXd& reference);

}  // namespace trimtab::search
