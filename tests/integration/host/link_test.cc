// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "daemon/base/error.h"
#include "daemon/host/grpc_host_link.h"
#include "daemon/host/host_channel.h"
#include "tests/support/fake_host.h"

namespace trimtab {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class HostLinkTest : public testing::Test {
 protected:
  GrpcHostLink Link(Duration deadline = std::chrono::minutes(1)) {
    return GrpcHostLink(channel, {.tuner_id = "tuner-1", .deadline = deadline});
  }
  ApplyRequest Threads(std::int64_t threads) const {
    ApplyRequest request;
    request.config = Configuration{{"thread_pool_size", threads}};
    request.expected_generation = host.generation();
    request.lease = std::chrono::seconds(10);
    return request;
  }

  ManualClock clock;
  FakeHost host{clock};
  std::shared_ptr<grpc::Channel> channel = CreateHostChannel(host.address());
};

TEST_F(HostLinkTest, SaysWhatTheHostSays) {
  GrpcHostLink link = Link();
  ASSERT_TRUE(link.Describe().ok());
  EXPECT_EQ(link.Describe()->parameters.size(), 4u);
  const auto applied = link.Apply(Threads(32));
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_TRUE(applied->applied);
  EXPECT_EQ(*applied->state.config.Find("thread_pool_size"), ParameterValue{std::int64_t{32}});
  EXPECT_EQ(applied->state.tuner_id, "tuner-1");
  EXPECT_EQ(applied->state.lease_remaining, Duration(std::chrono::seconds(10)));
  const auto renewed = link.RenewLease(applied->state.generation, std::chrono::seconds(20));
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_EQ(renewed->lease_remaining, Duration(std::chrono::seconds(20)));
  const auto committed = link.Commit(applied->state.generation);
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(committed->committed, committed->config);
  EXPECT_EQ(host.committed(), committed->config);
}

TEST_F(HostLinkTest, EveryCallToAHungHostEndsAtItsDeadlineAndNamesItself) {
  host.Play({.hang = true});
  GrpcHostLink link = Link(std::chrono::milliseconds(20));
  const std::map<std::string, absl::Status> answers = {
      {"DescribeHost", link.Describe().status()},
      {"GetConfig", link.GetConfig().status()},
      {"ApplyConfig", link.Apply(Threads(1)).status()},
      {"RenewLease", link.RenewLease(1, std::chrono::seconds(1)).status()},
      {"CommitConfig", link.Commit(1).status()}};
  for (const auto& [name, status] : answers) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
    EXPECT_THAT(Message(status), StartsWith(name));
  }
}

TEST_F(HostLinkTest, AHostThatIsGoneIsUnavailableUntilItIsBack) {
  GrpcHostLink link = Link();
  ASSERT_TRUE(link.GetConfig().ok());
  const std::string boot = link.GetConfig()->boot_id;
  host.Stop();
  const absl::Status gone = link.GetConfig().status();
  EXPECT_EQ(gone.code(), absl::StatusCode::kUnavailable) << gone;
  EXPECT_THAT(Message(gone), StartsWith("GetConfig"));
  host.Restart();
  const auto limit = std::chrono::system_clock::now() + std::chrono::seconds(30);
  ASSERT_TRUE(channel->WaitForConnected(limit));
  ASSERT_TRUE(link.GetConfig().ok());
  EXPECT_NE(link.GetConfig()->boot_id, boot);
}

TEST_F(HostLinkTest, CancelEndsTheCallInProgressAndAllLater) {
  host.Play({.hang = true});
  GrpcHostLink link = Link();
  auto answer = std::async(std::launch::async, [&] { return link.GetConfig().status(); });
  host.WaitForCalls("GetConfig", 1);
  link.Cancel();
  EXPECT_EQ(answer.get().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(link.Describe().status().code(), absl::StatusCode::kCancelled);
}

TEST_F(HostLinkTest, ARaceWithAnOperatorIsAborted) {
  GrpcHostLink link = Link();
  const ApplyRequest late = Threads(32);
  host.OperatorSets(Configuration{{"cache_size", std::int64_t{7}}});
  const Configuration edited = host.config();
  EXPECT_EQ(link.Apply(late).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(link.Commit(late.expected_generation).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(host.config(), edited);
}

TEST_F(HostLinkTest, WhatBecameOfAParameterIsTold) {
  GrpcHostLink link = Link();
  const std::map<v1::ParameterOutcomeKind, OutcomeKind> kinds = {
      {v1::PARAMETER_OUTCOME_KIND_CLAMPED, OutcomeKind::kClamped},
      {v1::PARAMETER_OUTCOME_KIND_IGNORED, OutcomeKind::kIgnored},
      {v1::PARAMETER_OUTCOME_KIND_REJECTED, OutcomeKind::kRejected}};
  for (const auto& [sent, received] : kinds) {
    host.Play({.outcomes = {{"thread_pool_size", sent}}});
    const auto result = link.Apply(Threads(60));
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_EQ(result->outcomes.size(), 1u);
    EXPECT_EQ(result->outcomes[0].kind, received);
    EXPECT_EQ(result->outcomes[0].in_force, *result->state.config.Find("thread_pool_size"));
    EXPECT_EQ(result->applied, received != OutcomeKind::kRejected);
  }
}

TEST_F(HostLinkTest, AStateThatBreaksTheContractIsInternalAndNamesTheField) {
  GrpcHostLink link = Link();
  const std::map<std::string, std::function<void(v1::ConfigState&)>> spoilers = {
      {"state.boot_id", [](auto& state) { state.clear_boot_id(); }},
      {"state.generation", [](auto& state) { state.set_generation(-1); }},
      {"source", [](auto& state) { state.clear_source(); }},
      {"state.lease_remaining",
       [](auto& state) { state.mutable_lease_remaining()->set_nanos(-1); }},
      {"state.config",
       [](auto& state) { (*state.mutable_config()->mutable_custom_parameters())["x"]; }},
      {"state.committed_config", [](auto& state) {
         state.clear_lease_remaining();
         state.clear_committed_config();
       }}};
  for (const auto& [field, spoil] : spoilers) {
    host.Play({.spoil_state = spoil});
    for (const absl::Status& status :
         {link.GetConfig().status(), link.Apply(Threads(3)).status()}) {
      EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << field << ": " << status;
      EXPECT_THAT(Message(status), HasSubstr(field));
    }
  }
}

TEST_F(HostLinkTest, ADescriptionThatBreaksTheContractIsInternalAndNamesTheField) {
  GrpcHostLink link = Link();
  const std::map<std::string, std::function<void(v1::DescribeHostResponse&)>> spoilers = {
      {"service_name", [](auto& answer) { answer.clear_service_name(); }},
      {"instance_name", [](auto& answer) { answer.clear_instance_name(); }},
      {"boot_id", [](auto& answer) { answer.clear_boot_id(); }},
      {"window_length", [](auto& answer) { answer.clear_window_length(); }},
      {"max_lease", [](auto& answer) { answer.mutable_max_lease()->set_seconds(-1); }},
      {"described twice", [](auto& answer) { *answer.add_parameters() = answer.parameters(0); }},
      {"parameters", [](auto& answer) { answer.mutable_parameters(0)->clear_type(); }},
      {"at most 200", [](auto& answer) {
         for (int i = 0; i < 200; ++i) answer.add_parameters();
       }}};
  for (const auto& [field, spoil] : spoilers) {
    host.Play({.spoil_description = spoil});
    const absl::Status status = link.Describe().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << field << ": " << status;
    EXPECT_THAT(Message(status), HasSubstr(field));
  }
}

}  // namespace
}  // namespace trimtab
