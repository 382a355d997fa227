// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab {
namespace {

Configuration Sizes(std::int64_t pool, std::int64_t threads) {
  return Configuration{{"pool", pool}, {"threads", threads}};
}

TEST(RuleTest, HoldsAtItsBoundaryAndNotBeyond) {
  const Rule rule = Rule::Parse("pool >= 2 * threads + 10").value();
  EXPECT_TRUE(rule.Holds(Sizes(18, 4)));
  EXPECT_FALSE(rule.Holds(Sizes(17, 4)));
  EXPECT_FALSE(Rule::Parse("pool < threads").value().Holds(Sizes(4, 4)));
  EXPECT_TRUE(Rule::Parse("pool - threads == 0").value().Holds(Sizes(4, 4)));
}

TEST(RuleTest, DoesNotHoldOverAParameterThatIsMissing) {
  EXPECT_FALSE(Rule::Parse("cache <= 5").value().Holds(Sizes(1, 1)));
}

TEST(RuleTest, SaysWhereAMistakeIs) {
  for (const char* text :
       {"pool", "pool >= ", "pool >> 3", "3 <= 4", "pool <= 2 *", "pool <= 3 x"}) {
    const auto rule = Rule::Parse(text);
    ASSERT_FALSE(rule.ok()) << text;
    EXPECT_THAT(std::string(rule.status().message()), testing::HasSubstr(text));
  }
}

}  // namespace
}  // namespace trimtab
