// SPDX-License-Identifier: Apache-2.0
// What must hold for every space and every history.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "daemon/search/bayes.h"

namespace trimtab {
namespace {

SearchSpace OnePoint() {
  return SearchSpace::Create({{.name = "a", .values = {std::int64_t{3}}},
                              {.name = "b", .min = 7, .max = 7},
                              {.name = "c", .type = ParameterType::kDouble, .min = 2, .max = 2}})
      .value();
}

SearchSpace AnySpace() {
  if (*rc::gen::inRange(0, 10) == 0) return OnePoint();
  std::vector<Dimension> dimensions;
  const int count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) {
    Dimension dimension;
    dimension.name = std::string(1, static_cast<char>('a' + i));
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        dimension.type = ParameterType::kBool;
        break;
      case 1:
        dimension.type = ParameterType::kCategorical;
        for (int k = *rc::gen::inRange(1, 5); k >= 0; --k) {
          dimension.values.emplace_back(fmt::format("v{}", k));
        }
        break;
      case 2:
        for (std::int64_t k = *rc::gen::inRange(1, 6), v = 1; k >= 0; --k, v *= 3) {
          dimension.values.emplace_back(v);
        }
        break;
      case 3:
        dimension.min = 1;
        dimension.max = *rc::gen::inRange(1, 2000);
        if (*rc::gen::arbitrary<bool>()) dimension.scale = Scale::kLog;
        break;
      default:
        dimension.type = ParameterType::kDouble;
        dimension.min = 0.5;
        dimension.max = 0.5 + *rc::gen::inRange(0, 9);
        if (*rc::gen::arbitrary<bool>()) dimension.step = 0.25;
    }
    dimensions.push_back(std::move(dimension));
  }
  std::vector<Rule> rules;
  const auto number = [](const Dimension& each) { return each.type == ParameterType::kInt; };
  if (dimensions.size() > 1 && number(dimensions[0]) && number(dimensions[1])) {
    rules.push_back(Rule::Parse("a <= 5 * b").value());
  }
  return SearchSpace::Create(std::move(dimensions), std::move(rules)).value();
}

Observation AnyObservation(const SearchSpace& space) {
  std::vector<double> place;
  for (std::size_t i = 0; i < space.dimensions().size(); ++i) {
    place.push_back(*rc::gen::inRange(0, 1001) / 1000.0);
  }
  Observation observation{.config = space.At(place)};
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      observation.pending = true;
      break;
    case 1:
      observation.verdict = Verdict::kFailed;
      break;
    case 2:
      observation.verdict = Verdict::kInconclusive;
      break;
    case 3:
      observation.score = Score{*rc::gen::element<double>(INFINITY, -INFINITY, NAN)};
      break;
    default:
      observation.score =
          Score{std::ldexp(*rc::gen::inRange(-1000, 1000), *rc::gen::inRange(-20, 20))};
      if (*rc::gen::arbitrary<bool>()) {
        observation.score->standard_error =
            std::ldexp(*rc::gen::inRange(0, 1000), *rc::gen::inRange(-20, 20));
      }
  }
  observation.metrics["limited"] = *rc::gen::inRange(1, 100);
  if (*rc::gen::inRange(0, 4) > 0) observation.metrics["other"] = *rc::gen::inRange(-50, 50);
  return observation;
}

RC_GTEST_PROP(BayesPropertyTest, ASuggestionIsInTheSpaceAndTheHistorysOrderChangesNothing, ()) {
  const SearchSpace space = AnySpace();
  StrategyOptions options;
  if (*rc::gen::arbitrary<bool>()) options.bounds.push_back({.metric = "limited", .max = 50});
  if (*rc::gen::inRange(0, 3) == 0) options.further.push_back({.metric = "other"});
  if (*rc::gen::arbitrary<bool>()) options.start = AnyObservation(space).config;
  if (*rc::gen::inRange(0, 3) == 0) {
    for (int i = *rc::gen::inRange(1, 12); i > 0; --i) {
      options.prior.push_back(AnyObservation(space));
    }
  }
  const BayesStrategy strategy(space, *rc::gen::inRange<std::uint64_t>(0, 100), options);
  std::vector<Observation> history;
  for (int i = *rc::gen::inRange(0, 20); i > 0; --i) history.push_back(AnyObservation(space));
  const auto suggestion = strategy.Suggest(history);
  const auto best = strategy.Best(history);
  const std::vector<FrontPoint> front = strategy.Front(history);
  RC_ASSERT(front.empty() != best.has_value());
  if (suggestion) RC_ASSERT(space.Check(suggestion->config) == absl::OkStatus());
  if (suggestion && suggestion->prediction) {
    RC_ASSERT(std::isfinite(suggestion->prediction->value));
    RC_ASSERT(std::isfinite(suggestion->prediction->lower));
    RC_ASSERT(std::isfinite(suggestion->prediction->upper));
  }
  const auto in_history = [&](const Configuration& config) {
    return std::any_of(history.begin(), history.end(),
                       [&](const Observation& each) { return each.config == config; });
  };
  if (suggestion && options.start && space.Check(*options.start).ok() &&
      !in_history(*options.start)) {
    RC_ASSERT(suggestion->config == *options.start);
  }
  if (best) {
    RC_ASSERT(best->feasibility >= 0 && best->feasibility <= 1 + 1e-12);
    RC_ASSERT(std::any_of(history.begin(), history.end(), [&](const Observation& each) {
      return each.score && each.config == best->config;
    }));
  }
  std::reverse(history.begin(), history.end());
  std::rotate(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(history.size() / 3),
              history.end());
  const auto again = strategy.Suggest(history);
  RC_ASSERT(again.has_value() == suggestion.has_value());
  if (again) RC_ASSERT(again->config == suggestion->config);
  const auto same = strategy.Best(history);
  RC_ASSERT(same.has_value() == best.has_value());
  if (same) RC_ASSERT(same->config == best->config);
  const std::vector<FrontPoint> same_front = strategy.Front(history);
  RC_ASSERT(same_front.size() == front.size());
  for (std::size_t i = 0; i < front.size(); ++i) {
    RC_ASSERT(same_front[i].incumbent.config == front[i].incumbent.config);
  }
}

}  // namespace
}  // namespace trimtab
