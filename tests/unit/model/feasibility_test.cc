// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/feasibility.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/random.h"

namespace trimtab {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Dimension List(const std::string& name, std::vector<ParameterValue> values) {
  Dimension dimension;
  dimension.name = name;
  dimension.type = TypeOf(values.front());
  dimension.values = std::move(values);
  return dimension;
}

Dimension Ints(const std::string& name, double min, double max, double step = 0) {
  Dimension dimension;
  dimension.name = name;
  dimension.min = min;
  dimension.max = max;
  dimension.step = step;
  return dimension;
}

Dimension Reals(const std::string& name, double min, double max) {
  Dimension dimension = Ints(name, min, max);
  dimension.type = ParameterType::kDouble;
  return dimension;
}

SearchSpace Space(std::vector<Dimension> dimensions, const std::vector<std::string>& rules) {
  std::vector<Rule> parsed;
  for (const std::string& each : rules) parsed.push_back(Rule::Parse(each).value());
  return SearchSpace::Create(std::move(dimensions), std::move(parsed)).value();
}

RuleFindings Examine(std::vector<Dimension> dimensions, const std::vector<std::string>& rules) {
  return ExamineRules(Space(std::move(dimensions), rules));
}

std::string Impossible(std::vector<Dimension> dimensions, const std::vector<std::string>& rules) {
  const RuleFindings findings = Examine(std::move(dimensions), rules);
  return findings.impossible.empty() ? "" : findings.impossible[0].message;
}

TEST(FeasibilityTest, RulesThatForbidSomeAndAllowSomeAreFine) {
  const RuleFindings findings = Examine({Ints("a", 1, 100), Ints("b", 1, 100), Reals("x", 0, 1)},
                                        {"a >= 2 * b", "a + x <= 50"});
  EXPECT_THAT(findings.impossible, IsEmpty());
  EXPECT_THAT(findings.idle, IsEmpty());
  EXPECT_THAT(findings.held, IsEmpty());
}

TEST(FeasibilityTest, ARuleThatNothingObeysIsNamedWithItsReach) {
  EXPECT_THAT(Impossible({Ints("a", 1, 10), Ints("b", 20, 30)}, {"a <= b", "a > b"}),
              HasSubstr("no configuration obeys it: left minus right is from -29 to -10"));
  EXPECT_THAT(Impossible({Reals("x", 0, 1)}, {"x > 1"}), HasSubstr("no configuration obeys it"));
  EXPECT_EQ(Impossible({Reals("x", 0, 1)}, {"x >= 1"}), "");
}

TEST(FeasibilityTest, PointsBetweenTheBoundsCount) {
  EXPECT_THAT(Impossible({Ints("a", 0, 100)}, {"2 * a == 7"}), HasSubstr("obeys it"));
  EXPECT_EQ(Impossible({Ints("a", 0, 100)}, {"2 * a == 8"}), "");
  EXPECT_THAT(Impossible({List("a", {std::int64_t{4}, std::int64_t{32}})}, {"a >= 5", "a <= 31"}),
              HasSubstr("obeys both it and the rule 'a >= 5'"));
  EXPECT_THAT(Impossible({Ints("a", 1, 101, 50)}, {"a > 51", "a < 101"}), HasSubstr("obeys both"));
}

TEST(FeasibilityTest, RulesThatContradictEachOtherAreFoundOnAContinuumToo) {
  const std::vector<Dimension> reals = {Reals("x", 0, 1), Reals("y", 0, 1), Reals("z", 0, 1)};
  EXPECT_THAT(Impossible(reals, {"x < y", "z <= 1", "y < x"}),
              HasSubstr("obeys both it and the rule 'x < y'"));
  EXPECT_THAT(Impossible(reals, {"x >= y + 0.6", "y >= z + 0.6"}), HasSubstr("obeys both"));
  EXPECT_EQ(Impossible(reals, {"x <= y", "y <= x"}), "");
  const std::vector<Dimension> large = {Ints("a", 0, 1e15), Ints("b", 0, 1e15)};
  EXPECT_THAT(Impossible(large, {"a > b", "b > a"}), HasSubstr("obeys both"));
}

TEST(FeasibilityTest, ThreeRulesTogether) {
  const std::vector<Dimension> ints = {Ints("a", 0, 9), Ints("b", 0, 9), Ints("c", 0, 9)};
  EXPECT_THAT(Impossible(ints, {"a > b", "b > c", "c > a"}),
              HasSubstr("no configuration obeys all 3 rules"));
}

TEST(FeasibilityTest, ARuleThatAlwaysHoldsForbidsNothing) {
  const RuleFindings findings =
      Examine({Ints("a", 1, 10), Ints("b", 20, 30)}, {"a <= b", "a + b <= 35", "a - a == 0"});
  EXPECT_THAT(findings.impossible, IsEmpty());
  ASSERT_THAT(findings.idle, SizeIs(2));
  EXPECT_EQ(findings.idle[0].rule, 0u);
  EXPECT_THAT(findings.idle[0].message, HasSubstr("from -29 to -10"));
  EXPECT_EQ(findings.idle[1].rule, 2u);
  EXPECT_THAT(findings.idle[1].message, HasSubstr("always 0"));
}

TEST(FeasibilityTest, AParameterThatIsLeftOneValueIsNamed) {
  const RuleFindings findings =
      Examine({List("fast", {false, true}),
               List("codec", {std::string("lz4"), std::string("zstd")}), Ints("a", 1, 9)},
              {"fast >= 1", "a <= 5"});
  ASSERT_THAT(findings.held, SizeIs(1));
  EXPECT_EQ(findings.held[0].parameter, "fast");
  EXPECT_EQ(findings.held[0].value, ParameterValue(true));
}

// What is said agrees with trying every point.
TEST(FeasibilityTest, AgreesWithTryingEveryPoint) {
  Random random(11);
  int impossible = 0;
  int idle = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto draw = [&](std::uint64_t count) { return static_cast<int>(random.Next() % count); };
    std::vector<std::string> rules;
    const std::vector<std::string> comparisons = {"<=", "<", ">=", ">", "=="};
    const std::vector<std::string> names = {"a", "b", "c"};
    for (int i = 1 + draw(3); i > 0; --i) {
      rules.push_back(fmt::format("{} * {} - {} {} {}", 1 + draw(3), names[draw(3)], names[draw(3)],
                                  comparisons[draw(5)], draw(12)));
    }
    const SearchSpace space =
        Space({Ints("a", 0, 4), Ints("b", 1, 7, 3),
               List("c", {std::int64_t{2}, std::int64_t{3}, std::int64_t{9}})},
              rules);
    std::uint64_t allowed = 0;
    std::vector<std::uint64_t> holds(rules.size());
    for (std::uint64_t i = 0; i < *space.PointCount(); ++i) {
      const Configuration point = space.Point(i);
      if (space.CheckRules(point).ok()) ++allowed;
      for (std::size_t k = 0; k < rules.size(); ++k) holds[k] += space.rules()[k].Holds(point);
    }
    const RuleFindings findings = ExamineRules(space);
    EXPECT_EQ(findings.impossible.empty(), allowed > 0) << testing::PrintToString(rules);
    impossible += allowed == 0;
    for (const RuleFinding& each : findings.idle) {
      EXPECT_EQ(holds[each.rule], *space.PointCount()) << rules[each.rule];
      ++idle;
    }
    if (allowed == 0) continue;
    for (const RuleFindings::Held& each : findings.held) {
      for (std::uint64_t i = 0; i < *space.PointCount(); ++i) {
        const Configuration point = space.Point(i);
        if (!space.CheckRules(point).ok()) continue;
        EXPECT_EQ(*point.Find(each.parameter), each.value) << testing::PrintToString(rules);
      }
    }
  }
  // Neither was rare.
  EXPECT_GT(impossible, 100);
  EXPECT_GT(idle, 100);
}

TEST(FeasibilityTest, WhatIsTooIntricateIsLeftOpen) {
  // Subset sums of large numbers: no order of halving settles them quickly.
  std::vector<Dimension> switches;
  std::string sum;
  for (int i = 0; i < 60; ++i) {
    const std::string name = fmt::format("s{}", i);
    switches.push_back(List(name, {false, true}));
    sum += fmt::format("{}{} * {}", i > 0 ? " + " : "", 1000003 * (i + 1) + 2 * (i * i % 7), name);
  }
  Examine(switches, {sum + " == 1000003777"});
}

}  // namespace
}  // namespace trimtab
