// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/design/space_filling.h"

#include <limits>

namespace trimtab::search {
namespace {

constexpr int kDesigns = 10;
constexpr int kDraws = 200;

double Nearest(const Encoder& encoder, const std::vector<Eigen::RowVectorXd>& points,
               const Eigen::RowVectorXd& row) {
  double nearest = std::numeric_limits<double>::infinity();
  for (const Eigen::RowVectorXd& point : points) {
    nearest = std::min(nearest, Distance(encoder.axes(), point, row));
  }
  return nearest;
}

// The farthest of kDraws draws and its distance, 0 when all are taken.
std::pair<Eigen::RowVectorXd, double> FarthestDraw(const Encoder& encoder,
                                                   const Candidates& candidates,
                                                   const std::vector<Eigen::RowVectorXd>& points,
                                                   Random& random) {
  std::pair<Eigen::RowVectorXd, double> best{{}, 0};
  for (int i = 0; i < kDraws; ++i) {
    const std::optional<Eigen::RowVectorXd> row = candidates.Draw(random);
    if (!row) continue;
    const double distance = Nearest(encoder, points, *row);
    if (distance > best.second) best = {*row, distance};
  }
  return best;
}

}  // namespace

std::vector<Eigen::RowVectorXd> SpaceFilling(const Encoder& encoder, const Candidates& candidates,
                                             const std::optional<Eigen::RowVectorXd>& start,
                                             int count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Eigen::RowVectorXd> best;
  double best_spread = -1;
  for (int design = 0; design < kDesigns; ++design) {
    std::vector<Eigen::RowVectorXd> points;
    const std::optional<Eigen::RowVectorXd> first = start ? start : candidates.Draw(random);
    if (!first) return {};
    points.push_back(*first);
    double spread = std::numeric_limits<double>::infinity();
    while (static_cast<int>(points.size()) < count) {
      auto [row, distance] = FarthestDraw(encoder, candidates, points, random);
      if (distance == 0) break;
      spread = std::min(spread, distance);
      points.push_back(std::move(row));
    }
    const bool longer = points.size() > best.size();
    if (longer || (points.size() == best.size() && spread > best_spread)) {
      best = std::move(points);
      best_spread = spread;
    }
  }
  return best;
}

std::optional<Eigen::RowVectorXd> Farthest(const Encoder& encoder, const Candidates& candidates,
                                           const RowSet& taken, Random& random) {
  const std::vector<Eigen::RowVectorXd> points(taken.begin(), taken.end());
  auto [row, distance] = FarthestDraw(encoder, candidates, points, random);
  if (distance > 0) return row;
  // Few are left: look at each.
  if (!candidates.enumerated()) return candidates.FirstWithout(taken, random.Next());
  for (Eigen::Index i = 0; i < candidates.all().rows(); ++i) {
    if (!taken.contains(candidates.all().row(i))) return candidates.all().row(i);
  }
  return std::nullopt;
}

}  // namespace trimtab::search
