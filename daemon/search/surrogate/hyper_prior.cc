// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/likelihood.h"

namespace trimtab::search {

HyperPrior HyperPrior::For(const std::vector<Axis>& axes, bool source) {
  const auto d = static_cast<Eigen::Index>(axes.size()) + (source ? 1 : 0);
  HyperPrior prior{Eigen::VectorXd(d + 4), Eigen::VectorXd(d + 4)};
  // Another host is expected to be much like this one: a correlation of 0.8.
  if (source) {
    prior.mean[d - 1] = 1.5;
    prior.deviation[d - 1] = 1.5;
  }
  for (Eigen::Index k = 0; k < static_cast<Eigen::Index>(axes.size()); ++k) {
    const bool ordered = axes[static_cast<std::size_t>(k)].kind == Axis::Kind::kOrdered;
    prior.mean[k] = ordered ? 0.0 : 0.7;
    prior.deviation[k] = 1.0;
  }
  prior.mean.tail(4) << 0.0, 0.0, -4.0, -5.0;
  prior.deviation.tail(4) << 1.0, 1.0, 2.0, 2.5;
  return prior;
}

}  // namespace trimtab::search
