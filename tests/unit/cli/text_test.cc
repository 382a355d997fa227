// SPDX-License-Identifier: Apache-2.0
#include "client/cli/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::cli {
namespace {

using testing::ElementsAre;

TEST(TextTest, AConfigurationIsOneLineOfNamesAndValues) {
  v1::SystemConfig config;
  config.set_batch_size(100);
  config.mutable_timeout()->set_nanos(250'000'000);
  (*config.mutable_custom_parameters())["codec"].set_category_value("zstd");
  (*config.mutable_custom_parameters())["fast"].set_bool_value(true);
  (*config.mutable_custom_parameters())["ratio"].set_double_value(0.5);
  EXPECT_EQ(OneLine(config), "batch_size=100 codec=zstd fast=true ratio=0.5 timeout_ms=250");
  EXPECT_EQ(OneLine(v1::SystemConfig()), "");
}

TEST(TextTest, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(Table({{"id", "why"}, {"100", "x"}, {"7", "because"}}),
            "id   why\n100  x\n7    because\n");
}

TEST(TextTest, ABarStaysWithinItsEnds) {
  EXPECT_EQ(ProgressBar(0.6, 10), "[######----]  60 %");
  EXPECT_EQ(ProgressBar(-1, 4), "[----]   0 %");
  EXPECT_EQ(ProgressBar(7, 4), "[####] 100 %");
}

TEST(TextTest, LinesBreakAtBlanksAndLongWordsAnywhere) {
  EXPECT_THAT(Wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("a abcdefgh b", 3), ElementsAre("a", "abc", "def", "gh", "b"));
  EXPECT_THAT(Wrap("a 10 %, b", 5), ElementsAre("a", "10 %,", "b"));
  EXPECT_THAT(Wrap("", 5), ElementsAre(""));
}

}  // namespace
}  // namespace trimtab::cli
