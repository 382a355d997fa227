// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <trimtab/host.h>

#include <cmath>
#include <limits>

#include "daemon/base/error.h"
#include "tests/support/manual_clock.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab::host {
namespace {

using testing::HasSubstr;

HostOptions Options() { return {.service = "lookup", .instance = "one"}; }
absl::Status Take(std::int64_t) { return absl::OkStatus(); }

TEST(TunableHostTest, StartListsEveryMistake) {
  HostOptions options;
  options.window_length = std::chrono::milliseconds(9);
  options.max_lease = std::chrono::nanoseconds(0);
  options.retained_windows = 0;
  TunableHost host(options);
  host.AddInt("size", {.min = 5, .max = 4, .initial = 5}, Take);
  host.AddInt("size", {.min = 1, .max = 4, .initial = 2}, Take);
  const absl::Status status = host.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  for (const char* mistake : {"service", "instance", "window_length", "max_lease",
                              "retained_windows", "upside down", "there twice"}) {
    EXPECT_THAT(Message(status), HasSubstr(mistake));
  }
  EXPECT_EQ(host.address(), "");
}

TEST(TunableHostTest, AParameterThatMakesNoSenseIsRefusedByName) {
  const double nan = std::nan("");
  const auto real = [](double) { return absl::OkStatus(); };
  const auto name = [](const std::string&) { return absl::OkStatus(); };
  const std::vector<std::function<void(TunableHost&)>> mistakes = {
      [](auto& host) { host.AddInt("bad", {.min = 1, .max = 4, .initial = 5}, Take); },
      [](auto& host) { host.AddInt("bad", {.min = 1, .max = 4, .initial = 2}, nullptr); },
      [](auto& host) { host.AddInt("bad name", {.min = 1, .max = 4, .initial = 2}, Take); },
      [&](auto& host) { host.AddDouble("bad", {.min = nan, .max = 1, .initial = 0}, real); },
      [&](auto& host) { host.AddDouble("bad", {.min = 0, .max = INFINITY, .initial = 0}, real); },
      [&](auto& host) { host.AddDouble("bad", {.min = 0, .max = 1, .initial = nan}, real); },
      [&](auto& host) { host.AddCategory("bad", {.categories = {}, .initial = ""}, name); },
      [&](auto& host) { host.AddCategory("bad", {.categories = {"a"}, .initial = "b"}, name); },
      [&](auto& host) {
        host.AddCategory("bad", {.categories = {"a", "a"}, .initial = "a"}, name);
      }};
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    TunableHost host(Options());
    mistakes[i](host);
    const absl::Status status = host.Start();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << i;
    EXPECT_THAT(Message(status), HasSubstr("bad")) << i;
  }
}

TEST(TunableHostTest, NamesWithAFieldOfTheirOwnAreWholeNumbers) {
  TunableHost real(Options());
  real.AddDouble("cache_size", {.min = 0, .max = 1, .initial = 0},
                 [](double) { return absl::OkStatus(); });
  EXPECT_THAT(Message(real.Start()), HasSubstr("cache_size"));
  TunableHost negative(Options());
  negative.AddInt("timeout_ms", {.min = -1, .max = 1, .initial = 0}, Take);
  EXPECT_THAT(Message(negative.Start()), HasSubstr("timeout_ms"));
}

TEST(TunableHostTest, StartsOnceAndStopsAsOftenAsOneLikes) {
  TunableHost host(Options());
  ASSERT_EQ(host.Start(), absl::OkStatus());
  EXPECT_THAT(host.address(), testing::StartsWith("127.0.0.1:"));
  EXPECT_EQ(host.Start().code(), absl::StatusCode::kFailedPrecondition);
  host.Stop();
  host.Stop();
}

TEST(TunableHostTest, AnAddressInUseIsUnavailableByName) {
  TunableHost first(Options());
  ASSERT_EQ(first.Start(), absl::OkStatus());
  HostOptions options = Options();
  options.listen = first.address();
  TunableHost second(options);
  const absl::Status status = second.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr(first.address()));
}

TEST(TunableHostTest, WhatIsSaidOfItsAvailabilityBeforeTheStartCounts) {
  ManualClock clock;
  HostOptions options = Options();
  options.clock = &clock;
  TunableHost host(options);
  host.SetAvailable(false);
  ASSERT_EQ(host.Start(), absl::OkStatus());
  clock.Advance(std::chrono::seconds(1));
  const auto stub = v1::HostService::NewStub(
      grpc::CreateChannel(host.address(), grpc::InsecureChannelCredentials()));
  v1::GetMetricsResponse windows;
  while (windows.snapshots().empty()) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    ASSERT_TRUE(stub->GetMetrics(&context, {}, &windows).ok());
  }
  EXPECT_EQ(windows.snapshots(0).metrics().availability_percent(), 0);
}

TEST(TunableHostTest, NoTwoHostsShareABootId) {
  EXPECT_NE(TunableHost(Options()).boot_id(), TunableHost(Options()).boot_id());
}

TEST(TunableHostTest, AnOperatorsEditIsCommittedAtOnce) {
  std::int64_t size = 2;
  TunableHost host(Options());
  host.AddInt("size", {.min = 1, .max = 9, .initial = 2}, [&](std::int64_t value) {
    size = value;
    return absl::OkStatus();
  });
  EXPECT_EQ(host.SetFromOperator({{"size", std::int64_t{3}}}).code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(host.Start(), absl::OkStatus());
  const std::int64_t before = host.Current().generation;
  ASSERT_EQ(host.SetFromOperator({{"size", std::int64_t{3}}}), absl::OkStatus());
  EXPECT_EQ(size, 3);
  EXPECT_EQ(host.Current().values.at("size"), Value(std::int64_t{3}));
  EXPECT_EQ(host.Current().committed, host.Current().values);
  EXPECT_GT(host.Current().generation, before);
  for (const Values& bad :
       {Values{{"size", std::int64_t{10}}}, Values{{"size", 1.5}}, Values{{"unknown", true}}}) {
    EXPECT_EQ(host.SetFromOperator(bad).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(size, 3);
}

}  // namespace
}  // namespace trimtab::host
