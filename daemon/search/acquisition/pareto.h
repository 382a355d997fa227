// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/search/acquisition/hypervolume.h"
#include "daemon/search/acquisition/lookahead.h"

namespace trimtab::search {

// With further objectives: what one more measurement adds to the Pareto front,
// over the transformed outputs (Emmerich, Giannakoglou, Naujoks, "Single- and
// multiobjective evolutionary optimization assisted by Gaussian random field
// metamodels", IEEE Trans. Evol. Comput. 10, 2006). The objectives' models are
// independent of each other.

// Posterior means of an own row, the score first.
Eigen::RowVectorXd ObjectiveMeans(const Models& models, int row);

// The gain of an optimistic outcome, one deviation better than expected in
// every objective (Ponweiser et al., PPSN X, 2008): cheap, for screening.
Eigen::VectorXd ScreenFront(const Models& models, const PointSet& points);

// The expected hypervolume improvement times feasibility, at fixed
// quasi-random outcomes, averaged over the ensemble.
Eigen::VectorXd FrontImprovement(const Models& models, const PointSet& points);

}  // namespace trimtab::search
