// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/base/random.h"
#include "daemon/search/surrogate/likelihood.h"

namespace trimtab::search {

// Draws from the posterior of the hyperparameters by elliptical slice sampling
// (Murray, Adams, MacKay, AISTATS 2010), which needs no step size because the
// priors are normal. The chain begins at `start`; every `stride`-th state is
// kept.
std::vector<Hyper> SampleHyper(const Kernel& kernel, const Targets& targets,
                               const HyperPrior& prior, const Eigen::VectorXd& start, int count,
                               int stride, Random& random);

// A draw from N(0, 1), the same on every machine with the same libm.
double StandardNormal(Random& random);

}  // namespace trimtab::search
