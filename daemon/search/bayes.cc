// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/bayes.h"

#include <algorithm>
#include <cmath>

#include "daemon/base/error.h"
#include "daemon/search/engine.h"

namespace trimtab {
namespace {

constexpr std::size_t kMostFurther = 2;

template <typename... Args>
absl::Status Refuse(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

// The parameters that the space lacks are of no matter, as in the history.
absl::Status CheckConfig(const SearchSpace& space, const Configuration& config) {
  for (const Dimension& dimension : space.dimensions()) {
    const ParameterValue* value = config.Find(dimension.name);
    if (value == nullptr) return Refuse("{}: missing", dimension.name);
    if (absl::Status status = dimension.Check(*value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckPrior(const SearchSpace& space, const std::vector<Observation>& prior) {
  const auto fits = [&](const Observation& each) { return CheckConfig(space, each.config).ok(); };
  if (prior.empty() || std::any_of(prior.begin(), prior.end(), fits)) return absl::OkStatus();
  return Refuse("prior: none of the trials is of this space; prior[0]: {}",
                Message(CheckConfig(space, prior.front().config)));
}

absl::Status CheckOptions(const SearchSpace& space, const StrategyOptions& options) {
  for (std::size_t i = 0; i < options.bounds.size(); ++i) {
    const Bound& bound = options.bounds[i];
    if (!bound.min && !bound.max) return Refuse("bounds[{}]: needs a min or a max", i);
    for (const std::optional<double>& end : {bound.min, bound.max}) {
      if (end && !std::isfinite(*end)) return Refuse("bounds[{}]: {} is not finite", i, *end);
    }
    if (bound.min && bound.max && *bound.min > *bound.max) {
      return Refuse("bounds[{}]: min {} is above max {}", i, *bound.min, *bound.max);
    }
  }
  if (options.further.size() > kMostFurther) {
    return Refuse("further: at most {} objectives, not {}", kMostFurther, options.further.size());
  }
  return CheckPrior(space, options.prior);
}

}  // namespace

absl::StatusOr<std::unique_ptr<BayesStrategy>> BayesStrategy::Create(SearchSpace space,
                                                                     std::uint64_t seed,
                                                                     StrategyOptions options) {
  if (absl::Status status = CheckOptions(space, options); !status.ok()) return status;
  auto strategy = std::make_unique<BayesStrategy>(std::move(space), seed, std::move(options));
  if (strategy->engine_->hopeless()) {
    return Refuse("rules: no configuration that obeys them was found");
  }
  return strategy;
}

BayesStrategy::BayesStrategy(SearchSpace space, std::uint64_t seed, StrategyOptions options)
    : engine_(std::make_unique<const search::Engine>(std::move(space), seed, std::move(options))) {}

BayesStrategy::~BayesStrategy() = default;

std::optional<Suggestion> BayesStrategy::Suggest(const std::vector<Observation>& history) const {
  return engine_->Suggest(history);
}

std::optional<Appraisal> BayesStrategy::Appraise(const std::vector<Observation>& history) const {
  return engine_->Appraise(history);
}

std::optional<Incumbent> BayesStrategy::Best(const std::vector<Observation>& history) const {
  std::vector<Incumbent> ranking = engine_->Rank(history);
  if (ranking.empty()) return std::nullopt;
  return std::move(ranking.front());
}

std::vector<FrontPoint> BayesStrategy::Front(const std::vector<Observation>& history) const {
  return engine_->Front(history);
}

std::vector<Suggestion> BayesStrategy::SuggestMany(std::vector<Observation> history,
                                                   int count) const {
  std::vector<Suggestion> suggestions;
  while (static_cast<int>(suggestions.size()) < count) {
    std::optional<Suggestion> next = engine_->Suggest(history);
    if (!next) break;
    history.push_back({.config = next->config, .pending = true});
    suggestions.push_back(*std::move(next));
  }
  return suggestions;
}

std::vector<double> BayesStrategy::Importances(const std::vector<Observation>& history) const {
  return engine_->Importances(history);
}

}  // namespace trimtab
