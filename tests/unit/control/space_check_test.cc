// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/space_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab::control {
namespace {

using testing::HasSubstr;

HostDescription Host() {
  HostParameter threads;
  threads.name = "threads";
  threads.min = 1;
  threads.max = 64;
  HostParameter codec;
  codec.name = "codec";
  codec.type = ParameterType::kCategorical;
  codec.categories = {"lz4", "zstd"};
  HostParameter heap;
  heap.name = "heap";
  heap.needs_restart = true;
  HostDescription host;
  host.parameters = {threads, codec, heap};
  host.window_length = std::chrono::seconds(1);
  host.max_lease = std::chrono::seconds(60);
  return host;
}

std::string Complaint(const std::string& name, std::vector<ParameterValue> values,
                      Configuration fixed = {}) {
  Dimension dimension;
  dimension.name = name;
  dimension.type = TypeOf(values.front());
  dimension.values = std::move(values);
  TuningPolicy policy;
  policy.space = SearchSpace::Create({dimension}).value();
  policy.fixed = std::move(fixed);
  return CheckSpaceAgainstHost(policy, Host()).ToString();
}

TEST(SpaceCheckTest, WhatTheHostHasFits) {
  EXPECT_EQ(Complaint("threads", {std::int64_t{1}, std::int64_t{64}}), "OK");
  EXPECT_EQ(Complaint("codec", {std::string("lz4"), std::string("zstd")}), "OK");
}

TEST(SpaceCheckTest, WindowsAndLeasesMustFitTheWaiting) {
  TuningPolicy policy;
  HostDescription host = Host();
  policy.measure.window_timeout = std::chrono::milliseconds(900);
  EXPECT_THAT(
      CheckSpaceAgainstHost(policy, host).ToString(),
      HasSubstr("measure.window_timeout_ms: 900 is shorter than the host's windows of 1000"));
  policy = TuningPolicy();
  host.max_lease = std::chrono::milliseconds(100);
  EXPECT_THAT(CheckSpaceAgainstHost(policy, host).ToString(),
              HasSubstr("for 100 ms at most, too short"));
}

TEST(SpaceCheckTest, WhatItHasNotIsNamedWithWhatItHas) {
  EXPECT_THAT(Complaint("treads", {std::int64_t{1}, std::int64_t{2}}),
              HasSubstr("treads: the host has no such parameter; it has threads, codec, heap"));
  EXPECT_THAT(Complaint("threads", {std::int64_t{1}, std::int64_t{65}}),
              HasSubstr("65 is above the host's maximum of 64"));
  EXPECT_THAT(Complaint("threads", {std::int64_t{0}, std::int64_t{2}}),
              HasSubstr("0 is below the host's minimum of 1"));
  EXPECT_THAT(Complaint("threads", {1.5, 2.5}), HasSubstr("double in the settings, but int"));
  EXPECT_THAT(Complaint("codec", {std::string("gzip"), std::string("lz4")}),
              HasSubstr("doesn't know 'gzip'; it allows lz4, zstd"));
  EXPECT_THAT(Complaint("heap", {std::int64_t{1}, std::int64_t{2}}),
              HasSubstr("only at a restart"));
}

TEST(SpaceCheckTest, FixedParametersAreCheckedToo) {
  EXPECT_THAT(Complaint("threads", {std::int64_t{1}, std::int64_t{2}},
                        Configuration{{"codec", std::string("gzip")}}),
              HasSubstr("gzip"));
}

}  // namespace
}  // namespace trimtab::control
