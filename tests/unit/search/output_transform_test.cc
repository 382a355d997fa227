// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/output_transform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace trimtab::search {
namespace {

void ExpectSound(const OutputTransform& transform, const std::vector<double>& ascending) {
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    const double value = ascending[i];
    const double forward = transform.Forward(value);
    EXPECT_TRUE(std::isfinite(forward));
    EXPECT_NEAR(transform.Back(forward), value, 1e-6 * std::abs(value) + 1e-12);
    if (i > 0) {
      EXPECT_GT(forward, transform.Forward(ascending[i - 1]));
    }
    const double step = 1e-6 * std::max(1.0, std::abs(value));
    const double slope =
        (transform.Forward(value + step) - transform.Forward(value - step)) / (2 * step);
    EXPECT_NEAR(transform.Slope(value), slope, 1e-3 * slope + 1e-9);
  }
}

TEST(OutputTransformTest, KeepsOrderAndHasAWayBack) {
  const std::vector<double> tail = {2.9, 3.1, 3.3, 4, 17, 300, 55000};
  const std::vector<double> negative = {-900, -850, -700, -3, -0.5};
  const std::vector<double> mixed = {-5, -1, 0.5, 2, 90};
  for (const std::vector<double>& values : {tail, negative, mixed}) {
    ExpectSound(OutputTransform::Objective(values), values);
    ExpectSound(OutputTransform::Constraint(values, values[2] + 0.01), values);
  }
}

TEST(OutputTransformTest, ATailDoesNotSquashTheGoodHalf) {
  const OutputTransform transform = OutputTransform::Objective({2.9, 3.1, 3.3, 4, 17, 300, 55000});
  const double good = transform.Forward(4) - transform.Forward(2.9);
  const double bad = transform.Forward(55000) - transform.Forward(4);
  EXPECT_GT(good, 0.25 * bad);
}

TEST(OutputTransformTest, AZeroOrAnOddSignLeavesTheLogarithmOn) {
  const std::vector<double> rates = {1, 2, 4, 8, 16, 1000, 100000};
  for (const double odd : {0.0, -3.0}) {
    std::vector<double> values = {odd};
    values.insert(values.end(), rates.begin(), rates.end());
    const OutputTransform transform = OutputTransform::Objective(values);
    ExpectSound(transform, values);
    // Equal ratios are equally far apart.
    EXPECT_NEAR(transform.Forward(2) - transform.Forward(1),
                transform.Forward(4) - transform.Forward(2), 1e-9);
    for (double& value : values) value = -value;
    std::reverse(values.begin(), values.end());
    ExpectSound(OutputTransform::Objective(values), values);
  }
  // Errors of which none are allowed.
  ExpectSound(OutputTransform::Constraint({0, 0, 0.5, 3, 40}, 0), {0, 0.5, 3, 40});
}

TEST(OutputTransformTest, EqualValuesBecomeZero) {
  for (const double value : {-3.0, 0.0, 7.0}) {
    EXPECT_EQ(OutputTransform::Objective({value, value, value}).Forward(value), 0);
    EXPECT_TRUE(std::isfinite(OutputTransform::Constraint({value}, value).Forward(value + 1)));
  }
}

}  // namespace
}  // namespace trimtab::search
