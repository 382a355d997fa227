// SPDX-License-Identifier: Apache-2.0
#include "daemon/measure/judge.h"

#include <gtest/gtest.h>

namespace trimtab {
namespace {

HostWindow Window(std::int64_t generation, std::int64_t sequence) {
  HostWindow window;
  window.boot_id = "boot";
  window.generation = generation;
  window.sequence = sequence;
  return window;
}

TEST(JudgeTest, OfTheConfigurationInForceIsUsable) {
  EXPECT_EQ(Judge(Window(3, 8), "boot", 3, 7), WindowJudgement::kCurrent);
  // Windows may have been missed in between.
  EXPECT_EQ(Judge(Window(3, 80), "boot", 3, 7), WindowJudgement::kCurrent);
}

TEST(JudgeTest, WhatIsOverOrStragglingIsSuperseded) {
  EXPECT_EQ(Judge(Window(2, 8), "boot", 3, 7), WindowJudgement::kSuperseded);
  HostWindow straggler = Window(3, 8);
  straggler.superseded = true;
  EXPECT_EQ(Judge(straggler, "boot", 3, 7), WindowJudgement::kSuperseded);
}

TEST(JudgeTest, WhatWasSeenOrComesLateIsRepeated) {
  EXPECT_EQ(Judge(Window(3, 7), "boot", 3, 7), WindowJudgement::kRepeated);
  EXPECT_EQ(Judge(Window(3, 1), "boot", 3, 7), WindowJudgement::kRepeated);
}

TEST(JudgeTest, AnotherProcessComesBeforeEverything) {
  EXPECT_EQ(Judge(Window(9, 1), "other", 3, 7), WindowJudgement::kOtherBoot);
}

TEST(JudgeTest, AGenerationFromAheadTellsOfAChange) {
  EXPECT_EQ(Judge(Window(4, 8), "boot", 3, 7), WindowJudgement::kNewerGeneration);
}

}  // namespace
}  // namespace trimtab
