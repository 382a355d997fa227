// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/engine.h"

namespace trimtab::search {

// Total-effect indices of the posterior mean by Jansen's estimator (Saltelli et
// al., "Variance based sensitivity analysis of model output", Comput. Phys.
// Commun. 181, 2010, table 2): half the mean square change when one coordinate
// alone is drawn anew, over the variance.
std::vector<double> Engine::ImportancesBy(const Models& models) const {
  constexpr Eigen::Index kDraws = 512;
  const auto d = static_cast<Eigen::Index>(encoder_.axes().size());
  Random random(seed_);
  const auto draw = [&] {
    Eigen::MatrixXd rows(kDraws, d);
    for (Eigen::Index i = 0; i < kDraws; ++i) {
      Eigen::RowVectorXd unit(d);
      for (double& cell : unit) cell = random.Uniform();
      rows.row(i) = encoder_.Snap(unit);
    }
    return rows;
  };
  const auto means = [&](const Eigen::MatrixXd& rows) {
    const PointSet points = WithSource(encoder_.Points(rows), 0);
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(rows.rows());
    const Ensemble& ensemble = models.objective.ensemble;
    for (std::size_t i = 0; i < ensemble.members.size(); ++i) {
      const Member& member = ensemble.members[i];
      sum += ensemble.weights[i] *
             member.Means(kernel_.Cross(models.rows.points, points, member.hyper()));
    }
    return sum;
  };
  const Eigen::MatrixXd a = draw();
  const Eigen::MatrixXd b = draw();
  const Eigen::VectorXd base = means(a);
  const double variance = (base.array() - base.mean()).square().mean();
  std::vector<double> importances;
  for (Eigen::Index k = 0; k < d; ++k) {
    Eigen::MatrixXd changed = a;
    changed.col(k) = b.col(k);
    const double effect = 0.5 * (means(changed) - base).squaredNorm() / kDraws;
    importances.push_back(variance > 1e-12 ? std::min(1.0, effect / variance) : 0);
  }
  return importances;
}

}  // namespace trimtab::search
