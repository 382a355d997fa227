// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/hill_climb.h"

#include <gtest/gtest.h>

#include <cmath>

namespace trimtab {
namespace {

SearchSpace Line() {
  return SearchSpace::Create({{.name = "x", .type = ParameterType::kDouble, .min = 0, .max = 1}})
      .value();
}

double X(const Configuration& config) { return *ToNumber(*config.Find("x")); }

Observation Measured(const Configuration& config, double score) {
  return {.config = config, .score = Score{score, std::nullopt}};
}

TEST(HillClimbTest, BeginsWithWhatTheHostRunsElseInTheMiddle) {
  const Configuration start{{"x", 0.2}, {"fixed", std::int64_t{3}}};
  const HillClimbStrategy told(Line(), 1, start);
  EXPECT_DOUBLE_EQ(X(told.Suggest({})->config), 0.2);
  const HillClimbStrategy untold(Line(), 1, std::nullopt);
  EXPECT_DOUBLE_EQ(X(untold.Suggest({})->config), 0.5);
}

TEST(HillClimbTest, ClimbsToTheTopOfOneHill) {
  const HillClimbStrategy strategy(Line(), 1, std::nullopt);
  std::vector<Observation> history;
  double nearest = 1;
  for (int i = 0; i < 25; ++i) {
    const Configuration config = strategy.Suggest(history)->config;
    nearest = std::min(nearest, std::abs(X(config) - 0.83));
    history.push_back(Measured(config, -std::abs(X(config) - 0.83)));
  }
  EXPECT_LT(nearest, 0.02);
}

TEST(HillClimbTest, CategoriesAreOneStepApart) {
  const SearchSpace space =
      SearchSpace::Create({{.name = "kind",
                            .type = ParameterType::kCategorical,
                            .values = {std::string("a"), std::string("b"), std::string("c")}},
                           {.name = "n", .min = 1, .max = 40}})
          .value();
  const HillClimbStrategy strategy(space, 1, std::nullopt);
  std::vector<Observation> history;
  double best = -INFINITY;
  for (int i = 0; i < 30; ++i) {
    const Configuration config = strategy.Suggest(history)->config;
    const double bonus = std::get<std::string>(*config.Find("kind")) == "c" ? 100 : 0;
    const double score = bonus - std::abs(*ToNumber(*config.Find("n")) - 33);
    best = std::max(best, score);
    history.push_back(Measured(config, score));
  }
  EXPECT_EQ(best, 100);
}

TEST(HillClimbTest, FollowsTheMeanOfRepeatsNotTheLuckiest) {
  const HillClimbStrategy strategy(Line(), 1, std::nullopt);
  const Configuration lucky{{"x", 0.1}};
  const Configuration steady{{"x", 0.9}};
  const Configuration next =
      strategy.Suggest({Measured(lucky, 10), Measured(lucky, 0), Measured(steady, 7)})->config;
  EXPECT_GT(X(next), 0.6);
}

}  // namespace
}  // namespace trimtab
