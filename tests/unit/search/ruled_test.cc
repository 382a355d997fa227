// SPDX-License-Identifier: Apache-2.0
// Spaces of which rules leave hardly anything.
#include "daemon/search/points/ruled.h"

#include <gmock/gmock.h>

#include <set>

#include "daemon/search/bayes.h"
#include "daemon/search/points/candidates.h"

namespace trimtab {
namespace {

using search::Candidates;
using search::Encoder;
using search::Ruled;

SearchSpace Space(int count, ParameterType type, double min, double max,
                  const std::vector<std::string>& texts) {
  std::vector<Dimension> dimensions;
  for (int i = 0; i < count; ++i) {
    dimensions.push_back(
        {.name = std::string(1, static_cast<char>('a' + i)), .type = type, .min = min, .max = max});
  }
  std::vector<Rule> rules;
  for (const std::string& text : texts) rules.push_back(Rule::Parse(text).value());
  return SearchSpace::Create(std::move(dimensions), std::move(rules)).value();
}

// How many different configurations are suggested in `trials` trials.
std::size_t Different(const SearchSpace& space, int trials) {
  const auto strategy = CreateStrategy("bayes", space, 1).value();
  std::vector<Observation> history;
  std::set<std::string> seen;
  for (int i = 0; i < trials; ++i) {
    const auto suggestion = strategy->Suggest(history);
    if (!suggestion) break;
    EXPECT_TRUE(space.Check(suggestion->config).ok()) << suggestion->config.ToString();
    seen.insert(suggestion->config.ToString());
    history.push_back({.config = suggestion->config,
                       .score = Score{10 + *ToNumber(*suggestion->config.Find("a"))}});
  }
  return seen.size();
}

TEST(RuledSpaceTest, TheFewPointsOfALargeSpaceAreAllFound) {
  EXPECT_EQ(Different(Space(3, ParameterType::kInt, 1, 100, {"a + b + c >= 299"}), 12), 4u);
}

TEST(RuledSpaceTest, ASliverOfAContinuumIsSearched) {
  EXPECT_GT(Different(Space(2, ParameterType::kDouble, 0, 1, {"a + b <= 0.002"}), 12), 8u);
}

TEST(RuledSpaceTest, AnEquationOverALargeSpaceIsKept) {
  EXPECT_GT(Different(Space(3, ParameterType::kInt, 1, 1000000, {"a == 2 * b", "b + c <= 50"}), 12),
            8u);
}

TEST(RuledSpaceTest, ASpaceOfWhichNothingIsAllowedIsAnError) {
  for (const SearchSpace& space :
       {Space(2, ParameterType::kInt, 1, 9, {"a + b >= 19"}),
        Space(3, ParameterType::kInt, 1, 1000000, {"a + b < 2"}),
        Space(2, ParameterType::kDouble, 0, 1, {"a + b <= 0.5", "a > 0.6"})}) {
    const auto strategy = CreateStrategy("bayes", space, 1);
    ASSERT_FALSE(strategy.ok());
    EXPECT_THAT(strategy.status().ToString(), testing::HasSubstr("rules: no configuration"));
  }
}

TEST(RuledTest, RepairsAndStirsWithinTheRules) {
  const std::vector<std::vector<std::string>> all = {{"a <= b", "b <= c", "c <= d"},
                                                     {"a == b", "a + b >= 1990"},
                                                     {"a + b + c + d < 10"},
                                                     {"a == 2 * b", "c >= 3 * a"}};
  Random random(3);
  for (const std::vector<std::string>& rules : all) {
    const Encoder encoder(Space(4, ParameterType::kInt, 1, 1000, rules));
    const Ruled ruled(encoder);
    int repaired = 0;
    std::set<double> firsts;
    constexpr int kRounds = 40;
    for (int i = 0; i < kRounds; ++i) {
      Eigen::RowVectorXd unit(4);
      for (double& each : unit) each = random.Uniform();
      auto row = ruled.Repair(encoder.Snap(unit), random);
      if (!row) continue;
      ++repaired;
      for (int sweep = 0; sweep < 3; ++sweep) {
        ASSERT_TRUE(encoder.space().Check(encoder.Decode(*row)).ok());
        row = ruled.Stir(*row, random);
      }
      ASSERT_TRUE(encoder.space().Check(encoder.Decode(*row)).ok());
      firsts.insert((*row)[2]);
    }
    EXPECT_GT(repaired, kRounds / 2) << rules[0];
    EXPECT_GT(firsts.size(), 3u) << rules[0];
  }
}

TEST(RuledTest, AgreesWithTheSpacesOwnCheck) {
  const Encoder encoder(Space(3, ParameterType::kInt, 0, 6, {"a + b > c", "2 * a <= c + 3"}));
  const Ruled ruled(encoder);
  for (std::uint64_t i = 0; i < 343; ++i) {
    const Eigen::RowVectorXd row = encoder.Row(i);
    EXPECT_EQ(ruled.Holds(row), encoder.space().CheckRules(encoder.Decode(row)).ok());
  }
}

}  // namespace
}  // namespace trimtab
