// SPDX-License-Identifier: Apache-2.0
#include "daemon/measure/drift.h"

#include <gtest/gtest.h>

#include "daemon/base/random.h"

namespace trimtab {
namespace {

// The window of the first alarm, from 1; 0 when there is none in `windows`.
template <typename Score>
int Alarm(int windows, double load, const Score& score, std::uint64_t seed = 1) {
  DriftDetector detector(0.25, 50);
  Random random(seed);
  for (int i = 1; i <= windows; ++i) {
    const double usual = i <= DriftDetector::kReferenceWindows ? 100 : load;
    if (detector.Add(score(i) + random.Uniform() - 0.5, usual)) return i;
  }
  return 0;
}

TEST(DriftDetectorTest, ASteadyScoreRaisesNoAlarm) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(Alarm(
                  20000, 100, [](int) { return 50.0; }, seed),
              0)
        << seed;
  }
}

TEST(DriftDetectorTest, ALastingChangeEitherWayIsFound) {
  for (const double change : {-1.5, 1.5}) {
    const int at = Alarm(2000, 100, [change](int i) { return i > 500 ? 50 + change : 50.0; });
    EXPECT_GT(at, 500);
    EXPECT_LT(at, 560);
  }
}

TEST(DriftDetectorTest, OneAbsurdWindowIsNotEnough) {
  EXPECT_EQ(Alarm(1000, 100, [](int i) { return i == 500 ? 1e9 : 50.0; }), 0);
}

TEST(DriftDetectorTest, AnotherLoadSaysNothing) {
  EXPECT_EQ(Alarm(2000, 200, [](int i) { return i > 500 ? 10.0 : 50.0; }), 0);
  EXPECT_EQ(Alarm(2000, 50, [](int i) { return i > 500 ? 10.0 : 50.0; }), 0);
  EXPECT_NE(Alarm(2000, 140, [](int i) { return i > 500 ? 10.0 : 50.0; }), 0);
}

TEST(DriftDetectorTest, AnotherLoadThatLastsIsAChangeOfItsOwn) {
  DriftDetector detector(0.25, 50);
  const auto add = [&detector](int windows, double load) {
    for (int i = 0; i < windows; ++i) EXPECT_FALSE(detector.Add(50, load));
  };
  add(100, 100);
  EXPECT_FALSE(detector.LoadHasChanged());
  add(DriftDetector::kLastingWindows - 1, 200);
  EXPECT_FALSE(detector.LoadHasChanged());
  // Back once: it did not last.
  add(1, 100);
  add(DriftDetector::kLastingWindows - 1, 40);
  EXPECT_FALSE(detector.LoadHasChanged());
  add(1, 40);
  EXPECT_TRUE(detector.LoadHasChanged());
  EXPECT_DOUBLE_EQ(detector.usual_load(), 100);
  EXPECT_DOUBLE_EQ(detector.other_load(), 40);
}

}  // namespace
}  // namespace trimtab
