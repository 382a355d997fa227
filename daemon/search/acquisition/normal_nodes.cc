// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/acquisition/normal_nodes.h"

#include <boost/math/special_functions/erf.hpp>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <numbers>

namespace trimtab::search {

Eigen::MatrixXd NormalNodes(int count, int dimensions) {
  Eigen::MatrixXd nodes(count, dimensions);
  boost::random::sobol sequence(static_cast<std::size_t>(dimensions));
  sequence.discard(static_cast<std::uintmax_t>(dimensions));  // the origin
  for (int i = 0; i < count; i += 2) {
    for (int k = 0; k < dimensions; ++k) {
      const double place = (static_cast<double>(sequence() >> 11) + 0.5) * 0x1.0p-53;
      nodes(i, k) = std::numbers::sqrt2 * boost::math::erf_inv(2 * place - 1);
      nodes(i + 1, k) = -nodes(i, k);
    }
  }
  // Few nodes lack the tails; their variance is that of a normal nevertheless.
  for (int k = 0; k < dimensions; ++k)
    nodes.col(k) *= std::sqrt(count / nodes.col(k).squaredNorm());
  return nodes;
}

}  // namespace trimtab::search
