// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/acquisition/hypervolume.h"

#include <algorithm>
#include <numeric>

namespace trimtab::search {

std::vector<int> NotDominated(const Eigen::MatrixXd& points, double slack) {
  // With slack to dominate is not transitive: what is out no longer counts, so
  // that something always stays.
  std::vector<int> kept(static_cast<std::size_t>(points.rows()));
  std::iota(kept.begin(), kept.end(), 0);
  for (Eigen::Index i = points.rows() - 1; i >= 0; --i) {
    const bool dominated = std::any_of(kept.begin(), kept.end(), [&](int j) {
      if (i == j || !(points.row(j).array() <= points.row(i).array() + slack).all()) return false;
      return j < i || (points.row(j).array() < points.row(i).array() - slack).any();
    });
    if (dominated) kept.erase(kept.begin() + i);
  }
  return kept;
}

double Hypervolume(const Eigen::MatrixXd& points, const Eigen::RowVectorXd& reference) {
  const Eigen::Index last = points.cols() - 1;
  if (points.rows() == 0) return 0;
  if (last == 0) return std::max(0.0, reference[0] - points.col(0).minCoeff());
  // Slices along the last objective, each as wide as the volume in the others.
  std::vector<Eigen::Index> order(static_cast<std::size_t>(points.rows()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](Eigen::Index a, Eigen::Index b) { return points(a, last) < points(b, last); });
  Eigen::MatrixXd below(points.rows(), last);
  double sum = 0;
  if (last == 1) {
    double least = reference[0];
    for (std::size_t i = 0; i < order.size(); ++i) {
      least = std::min(least, points(order[i], 0));
      const double from = points(order[i], 1);
      const double to = i + 1 < order.size() ? points(order[i + 1], 1) : reference[1];
      sum += (reference[0] - least) * std::max(0.0, std::min(to, reference[1]) - from);
    }
    return sum;
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    below.row(static_cast<Eigen::Index>(i)) = points.row(order[i]).head(last);
    const double from = points(order[i], last);
    const double to = i + 1 < order.size() ? points(order[i + 1], last) : reference[last];
    const double height = std::min(to, reference[last]) - from;
    if (height <= 0) continue;
    sum +=
        height * Hypervolume(below.topRows(static_cast<Eigen::Index>(i) + 1), reference.head(last));
  }
  return sum;
}

double HypervolumeGain(const Eigen::MatrixXd& front, const Eigen::RowVectorXd& point,
                       const Eigen::RowVectorXd& reference) {
  if ((point.array() >= reference.array()).any()) return 0;
  Eigen::MatrixXd limited(front.rows(), front.cols());
  Eigen::Index count = 0;
  for (Eigen::Index i = 0; i < front.rows(); ++i) {
    limited.row(count) = front.row(i).cwiseMax(point);
    if (limited.row(count) == point) return 0;
    if ((limited.row(count).array() < reference.array()).all()) ++count;
  }
  return std::max(0.0, (reference - point).prod() - Hypervolume(limited.topRows(count), reference));
}

}  // namespace trimtab::search
