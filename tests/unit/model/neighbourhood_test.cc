// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/neighbourhood.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

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

// Dimensions of every kind that has distances.
std::vector<Dimension> Ordered() {
  Dimension list = Range(ParameterType::kInt, 0, 0);
  list.values = {std::int64_t{1}, std::int64_t{2}, std::int64_t{50}, std::int64_t{51}};
  Dimension stepped = Range(ParameterType::kDouble, 0.1, 9.05);
  stepped.step = 0.3;
  Dimension log = Range(ParameterType::kInt, 1, 200);
  log.scale = Scale::kLog;
  Dimension log_step = Range(ParameterType::kInt, 10, 1000);
  log_step.scale = Scale::kLog;
  log_step.step = 7;
  return {list,
          stepped,
          log,
          log_step,
          Range(ParameterType::kInt, 3, 40),
          Range(ParameterType::kInt, 5, 5)};
}

TEST(NeighbourhoodTest, NearHoldsExactlyThePointsWithinReach) {
  for (const Dimension& dimension : Ordered()) {
    for (const double reach : {0.01, 0.1, 0.25, 0.5, 0.9, 1.0}) {
      for (std::uint64_t i = 0; i < *dimension.PointCount(); i += 3) {
        const ParameterValue center = dimension.Point(i);
        const Dimension part = Near(dimension, center, reach);
        EXPECT_TRUE(part.Check(center).ok());
        for (std::uint64_t k = 0; k < *dimension.PointCount(); ++k) {
          const ParameterValue point = dimension.Point(k);
          const double step = std::abs(*dimension.PlaceOf(point) - *dimension.PlaceOf(center));
          EXPECT_EQ(part.Check(point).ok(), step <= reach + 1e-9)
              << ToString(center) << " to " << ToString(point) << " within " << reach;
        }
      }
    }
  }
}

TEST(NeighbourhoodTest, NearOfAContinuumIsAnInterval) {
  Dimension log = Range(ParameterType::kDouble, 1, 10000);
  log.scale = Scale::kLog;
  const Dimension part = Near(log, 100.0, 0.25);
  EXPECT_NEAR(part.min, 10, 1e-9);
  EXPECT_NEAR(part.max, 1000, 1e-6);
  const Dimension low = Near(log, 1.0, 0.25);
  EXPECT_NEAR(low.min, 1, 1e-9);
  EXPECT_NEAR(low.max, 10, 1e-9);
}

TEST(NeighbourhoodTest, WhatHasNoDistancesOrNoPlaceStaysWhole) {
  Dimension category;
  category.type = ParameterType::kCategorical;
  category.values = {std::string("a"), std::string("b"), std::string("c")};
  EXPECT_EQ(Near(category, std::string("a"), 0.01).values.size(), 3u);
  EXPECT_EQ(WidestGap(category), 0);
  const Dimension range = Range(ParameterType::kInt, 3, 40);
  EXPECT_EQ(Near(range, std::int64_t{500}, 0.01).max, 40);
}

TEST(NeighbourhoodTest, AReachOfTheWidestGapLeadsOnFromEveryPoint) {
  for (const Dimension& dimension : Ordered()) {
    const std::uint64_t count = *dimension.PointCount();
    for (std::uint64_t i = 0; i + 1 < count; ++i) {
      const Dimension part = Near(dimension, dimension.Point(i), WidestGap(dimension));
      EXPECT_TRUE(part.Check(dimension.Point(i + 1)).ok()) << ToString(dimension.Point(i));
    }
  }
}

}  // namespace
}  // namespace trimtab
