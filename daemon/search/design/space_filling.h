// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/search/points/candidates.h"

namespace trimtab::search {

// `count` points far from each other: the best of several greedy maximin
// designs (Johnson, Moore, Ylvisaker, "Minimax and maximin distance designs",
// J. Stat. Plan. Inference 26, 1990), each over random draws of the space. The
// first is `start` where given, else a random one. Fewer than `count` in a
// space of fewer points. A function of its arguments alone.
std::vector<Eigen::RowVectorXd> SpaceFilling(const Encoder& encoder, const Candidates& candidates,
                                             const std::optional<Eigen::RowVectorXd>& start,
                                             int count, std::uint64_t seed);

// Of some random points that `taken` lacks, the one farthest from it. Nothing
// when none was found.
std::optional<Eigen::RowVectorXd> Farthest(const Encoder& encoder, const Candidates& candidates,
                                           const RowSet& taken, Random& random);

}  // namespace trimtab::search
