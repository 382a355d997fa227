// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace trimtab::search {

// `count` (even) quasi-random standard normal nodes, one row each, in pairs of
// opposite sign, each column with a variance of 1. Always the same.
Eigen::MatrixXd NormalNodes(int count, int dimensions);

}  // namespace trimtab::search
