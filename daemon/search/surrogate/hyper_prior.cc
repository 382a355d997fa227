// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/likelihood.h"

namespace trimtab::search {

HyperPrior HyperPrior::For(const std::vector<Axis>& axes, bool source) {
  Eigen::Index lengths = source;
  for (const Axis& axis : axes) lengths += LengthCount(axis);
  HyperPrior prior{Eigen::VectorXd(lengths + 4), Eigen::VectorXd(lengths + 4)};
  Eigen::Index next = 0;
  for (const Axis& axis : axes) {
    const Eigen::Index count = LengthCount(axis);
    prior.mean.segment(next, count).setConstant(axis.kind == Axis::Kind::kOrdered ? 0.0 : 0.7);
    prior.deviation.segment(next, count).setOnes();
    next += count;
  }
  // Another host is expected to be much like this one: a correlation of 0.8.
  if (source) {
    prior.mean[next] = 1.5;
    prior.deviation[next] = 1.5;
  }
  prior.mean.tail(4) << 0.0, 0.0, -4.0, -5.0;
  prior.deviation.tail(4) << 1.0, 1.0, 2.0, 2.5;
  return prior;
}

}  // namespace trimtab::search
