// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/search_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace trimtab {
namespace {

Dimension Range(ParameterType type, double min, double max) {
  Dimension dimension;
  dimension.name = "size";
  dimension.type = type;
  dimension.min = min;
  dimension.max = max;
  return dimension;
}

TEST(SearchSpaceTest, TheDefaultHas256DifferentPointsAllAllowed) {
  const SearchSpace space = DefaultSearchSpace();
  ASSERT_EQ(space.PointCount(), 256u);
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < 256; ++i) {
    EXPECT_TRUE(space.Check(space.Point(i)).ok());
    seen.insert(space.Point(i).ToString());
  }
  EXPECT_EQ(seen.size(), 256u);
}

TEST(SearchSpaceTest, RefusesWhatMakesNoSense) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Dimension log = Range(ParameterType::kDouble, 0, 1);
  log.scale = Scale::kLog;
  for (const Dimension& bad :
       {Range(ParameterType::kInt, 5, 4), Range(ParameterType::kInt, 0.5, 4),
        Range(ParameterType::kDouble, nan, 4), Range(ParameterType::kCategorical, 0, 0), log}) {
    EXPECT_FALSE(SearchSpace::Create({bad}).ok());
  }
  const Dimension good = Range(ParameterType::kInt, 1, 4);
  EXPECT_FALSE(SearchSpace::Create({good, good}).ok());
  EXPECT_FALSE(SearchSpace::Create({good}, {Rule::Parse("other <= 3").value()}).ok());
  EXPECT_TRUE(SearchSpace::Create({good}, {Rule::Parse("size <= 3").value()}).ok());
}

TEST(DimensionTest, PlacesAndPointsAgree) {
  Dimension log = Range(ParameterType::kInt, 1, 10000);
  log.scale = Scale::kLog;
  for (const Dimension& dimension : {Range(ParameterType::kInt, 3, 40), log}) {
    for (int i = 0; i <= 100; ++i) {
      const ParameterValue value = dimension.At(i / 100.0);
      ASSERT_TRUE(dimension.Check(value).ok());
      const ParameterValue again = dimension.At(*dimension.PlaceOf(value));
      EXPECT_NEAR(*ToNumber(again), *ToNumber(value), 1);
    }
  }
}

}  // namespace
}  // namespace trimtab
