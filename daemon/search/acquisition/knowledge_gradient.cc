// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/acquisition/knowledge_gradient.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace trimtab::search {
namespace {

struct Line {
  double slope;
  double mean;
};

}  // namespace

double NormalPdf(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); }

double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double ExpectedImprovement(double best, double mean, double deviation) {
  if (!(deviation > 0)) return std::max(0.0, best - mean);
  const double z = (best - mean) / deviation;
  return deviation * (z * NormalCdf(z) + NormalPdf(z));
}

double ExpectedDrop(const Eigen::VectorXd& mean, const Eigen::VectorXd& slope) {
  // Lines that cannot be lowest within this many deviations are left out.
  constexpr double kReach = 8;
  Eigen::Index lowest = 0;
  const double now = mean.minCoeff(&lowest);
  static thread_local std::vector<Line> lines;
  lines.clear();
  for (Eigen::Index i = 0; i < mean.size(); ++i) {
    if (i == lowest || mean[i] - now < kReach * std::abs(slope[i] - slope[lowest])) {
      lines.push_back({slope[i], mean[i]});
    }
  }
  if (lines.size() < 2) return 0;
  // For Z from -infinity on the steepest line is lowest first.
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return a.slope != b.slope ? a.slope > b.slope : a.mean < b.mean;
  });
  static thread_local std::vector<std::pair<Line, double>> envelope;  // line, Z from which on
  envelope.clear();
  for (const Line& line : lines) {
    double from = -INFINITY;
    bool keep = true;
    while (!envelope.empty()) {
      const auto& [top, top_from] = envelope.back();
      if (line.slope == top.slope) {
        keep = false;
        break;
      }
      from = (line.mean - top.mean) / (top.slope - line.slope);
      if (from > top_from) break;
      envelope.pop_back();
      from = -INFINITY;
    }
    if (keep) envelope.emplace_back(line, from);
  }
  // E[min] - now, summed over the kinks: at each kink the slope falls by the
  // difference of two lines; E[(Z - z)+] = pdf(z) - z (1 - cdf(z)), taken from
  // the side of the line that is lowest at the mean, so that nothing cancels.
  double drop = 0;
  for (std::size_t i = 1; i < envelope.size(); ++i) {
    const double z = std::abs(envelope[i].second);
    const double step = envelope[i - 1].first.slope - envelope[i].first.slope;
    drop -= step * (NormalPdf(z) - z * NormalCdf(-z));
  }
  return drop;
}

}  // namespace trimtab::search
