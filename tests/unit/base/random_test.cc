// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/random.h"

#include <gtest/gtest.h>

namespace trimtab {
namespace {

TEST(RandomTest, DrawsThePublishedSequence) {
  // The test vector of SplitMix64 for this seed.
  Random random(1234567);
  for (const std::uint64_t expected :
       {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
        4593380528125082431ULL, 16408922859458223821ULL}) {
    EXPECT_EQ(random.Next(), expected);
  }
}

TEST(RandomTest, UniformStaysBelowOneAndIsEven) {
  Random random(1);
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = random.Uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);
}

}  // namespace
}  // namespace trimtab
