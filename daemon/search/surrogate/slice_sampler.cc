// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/slice_sampler.h"

#include <cmath>
#include <numbers>

namespace trimtab::search {

double StandardNormal(Random& random) {
  // Box and Muller; the second number is thrown away.
  const double radius = std::sqrt(-2 * std::log(1 - random.Uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.Uniform());
}

std::vector<Hyper> SampleHyper(const Kernel& kernel, const Targets& targets,
                               const HyperPrior& prior, const Eigen::VectorXd& start, int count,
                               int stride, Random& random) {
  constexpr int kPatience = 20;
  const auto log_likelihood = [&](const Eigen::VectorXd& packed) {
    const auto factored = Factor(kernel, targets, Hyper::Unpack(packed));
    return factored && std::isfinite(factored->log_likelihood) ? factored->log_likelihood : -1e300;
  };
  Eigen::VectorXd state = start - prior.mean;
  double value = log_likelihood(start);
  std::vector<Hyper> kept;
  for (int i = 0; i < count * stride; ++i) {
    Eigen::VectorXd direction(state.size());
    for (Eigen::Index k = 0; k < state.size(); ++k) {
      direction[k] = prior.deviation[k] * StandardNormal(random);
    }
    const double threshold = value + std::log(1 - random.Uniform());
    double angle = 2 * std::numbers::pi * random.Uniform();
    double low = angle - 2 * std::numbers::pi;
    double high = angle;
    for (int tries = 0; tries < kPatience; ++tries) {
      const Eigen::VectorXd candidate = state * std::cos(angle) + direction * std::sin(angle);
      const double candidate_value = log_likelihood(candidate + prior.mean);
      if (candidate_value > threshold) {
        state = candidate;
        value = candidate_value;
        break;
      }
      (angle < 0 ? low : high) = angle;
      angle = low + (high - low) * random.Uniform();
    }
    if ((i + 1) % stride == 0) kept.push_back(Hyper::Unpack(state + prior.mean));
  }
  return kept;
}

}  // namespace trimtab::search
