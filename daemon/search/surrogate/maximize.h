// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <functional>

namespace trimtab::search {

struct Maximum {
  Eigen::VectorXd at;
  double value = 0;
};

// A local maximum by limited-memory BFGS with backtracking (Nocedal, Wright,
// "Numerical optimization", 2nd edition 2006, algorithms 7.4 and 7.5).
// `function` gives the value and writes the gradient; where it is -infinity the
// step is shortened. At most `evaluations` calls. Own code: Eigen's unsupported
// module has no limited-memory method, and NLopt would be a dependency for
// these lines.
Maximum Maximize(const std::function<double(const Eigen::VectorXd&, Eigen::VectorXd*)>& function,
                 Eigen::VectorXd start, int evaluations);

}  // namespace trimtab::search
