// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace trimtab::search {

// E[min_i (mean_i + slope_i Z)] - min_i mean_i for a standard normal Z: by how
// much one more measurement is expected to change the best posterior mean; never
// positive. `mean` are the means now, `slope` by how much each moves for one
// standard deviation of the measurement's outcome. Exact, by the lower envelope
// of the lines: Frazier, Powell, Dayanik, "The knowledge-gradient policy for
// correlated normal beliefs", INFORMS J. Comput. 21, 2009, section 3.
double ExpectedDrop(const Eigen::VectorXd& mean, const Eigen::VectorXd& slope);

// E[max(0, best - Y)] for Y ~ N(mean, deviation^2).
double ExpectedImprovement(double best, double mean, double deviation);

double NormalPdf(double z);
double NormalCdf(double z);

}  // namespace trimtab::search
