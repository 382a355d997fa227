// SPDX-License-Identifier: Apache-2.0
#include "client/cli/assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::cli {
namespace {

using testing::HasSubstr;

v1::SystemConfig InForce() {
  v1::SystemConfig config;
  config.set_thread_pool_size(8);
  (*config.mutable_custom_parameters())["share"].set_double_value(0.5);
  (*config.mutable_custom_parameters())["fast"].set_bool_value(false);
  (*config.mutable_custom_parameters())["codec"].set_category_value("lz4");
  (*config.mutable_custom_parameters())["linger"].set_int_value(3);
  return config;
}

TEST(AssignmentTest, TakesEachTypeThatTheHostHas) {
  v1::SystemConfig config;
  for (const char* each : {"thread_pool_size=16", "timeout_ms=1500", "share=0.25", "fast=true",
                           "codec=zstd", "linger=-4"}) {
    EXPECT_TRUE(Assign(InForce(), each, config).ok()) << each;
  }
  EXPECT_EQ(config.thread_pool_size(), 16);
  EXPECT_EQ(config.timeout().seconds(), 1);
  EXPECT_EQ(config.timeout().nanos(), 500'000'000);
  EXPECT_EQ(config.custom_parameters().at("share").double_value(), 0.25);
  EXPECT_TRUE(config.custom_parameters().at("fast").bool_value());
  EXPECT_EQ(config.custom_parameters().at("codec").category_value(), "zstd");
  EXPECT_EQ(config.custom_parameters().at("linger").int_value(), -4);
  EXPECT_FALSE(config.has_cache_size());
}

TEST(AssignmentTest, SaysWhatIsAllowed) {
  const auto refusal = [](const char* assignment) {
    v1::SystemConfig config;
    return std::string(Assign(InForce(), assignment, config).message());
  };
  EXPECT_THAT(refusal("thread_pool_size"), HasSubstr("must be NAME=VALUE"));
  EXPECT_THAT(refusal("thread_pool_size=8.5"), HasSubstr("must be a whole number"));
  EXPECT_THAT(refusal("thread_pool_size=99999999999999999999"), HasSubstr("a whole number"));
  EXPECT_THAT(refusal("timeout=3"), HasSubstr("the timeout is timeout_ms"));
  EXPECT_THAT(refusal("timeout_ms=-1"), HasSubstr("from 0 to 315576000000000 ms"));
  EXPECT_THAT(refusal("share=nan"), HasSubstr("must be a number"));
  EXPECT_THAT(refusal("fast=1"), HasSubstr("must be true or false"));
  EXPECT_THAT(refusal("codecs=zstd"), HasSubstr("the host has no parameter 'codecs'"));
}

}  // namespace
}  // namespace trimtab::cli
