// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/search/acquisition/lookahead.h"

namespace trimtab::search {

// The expected fall of the best own row's loss by one measurement of each of
// `points` and then of each of the own rows `repeats`, under one draw of the
// hyperparameters. A measurement moves the objective and every constraint at
// once; their outcomes are independent normals, taken at fixed nodes.
Eigen::VectorXd ConstrainedDrops(const Models& models, std::size_t draw,
                                 const std::vector<Member::Joint>& points,
                                 const std::vector<Member::Joint>& at_rows,
                                 const std::vector<int>& repeats);

}  // namespace trimtab::search
