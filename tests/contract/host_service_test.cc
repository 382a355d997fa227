// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/contract/host_service_fixture.h"

namespace trimtab {
namespace {

using grpc::StatusCode;
using std::chrono::seconds;

TEST_P(HostServiceTest, WhatIsAppliedIsInForceAndReadBack) {
  ASSERT_EQ(Apply(Wish(16, seconds(10))), StatusCode::OK);
  EXPECT_TRUE(answer.applied());
  ASSERT_EQ(answer.outcomes_size(), 1);
  EXPECT_EQ(answer.outcomes(0).kind(), v1::PARAMETER_OUTCOME_KIND_APPLIED);
  host->AwaitThreads(16);
  const v1::ConfigState state = State();
  EXPECT_EQ(state.SerializeAsString(), answer.state().SerializeAsString());
  EXPECT_EQ(state.config().thread_pool_size(), 16);
  EXPECT_EQ(state.committed_config().thread_pool_size(), 8);
  EXPECT_EQ(state.lease_remaining().seconds(), 10);
  EXPECT_EQ(state.source(), v1::CONFIG_SOURCE_TUNER);
  EXPECT_EQ(state.tuner_id(), "tuner");
  EXPECT_EQ(state.holder_tuner_id(), "tuner");
}

TEST_P(HostServiceTest, AnotherGenerationThanExpectedIsAbortedAndChangesNothing) {
  const v1::ApplyConfigRequest stale = Wish(16, seconds(10));
  ASSERT_EQ(Apply(Wish(32, seconds(10))), StatusCode::OK);
  EXPECT_EQ(Apply(stale), StatusCode::ABORTED);
  EXPECT_EQ(Renew(stale.expected_generation(), seconds(10)), StatusCode::ABORTED);
  EXPECT_EQ(Commit(stale.expected_generation()), StatusCode::ABORTED);
  EXPECT_EQ(Threads(), 32);
}

TEST_P(HostServiceTest, ALeaseThatRunsOutMakesTheHostGoBackByItself) {
  ASSERT_EQ(Apply(Wish(16, seconds(10))), StatusCode::OK);
  const std::int64_t trial = answer.state().generation();
  host->AwaitThreads(16);
  host->Advance(seconds(10));
  // No call reminds it.
  host->AwaitThreads(8);
  // The value is in force before the state says so.
  v1::ConfigState state = State();
  while (state.generation() == trial) state = State();
  EXPECT_EQ(state.config().thread_pool_size(), 8);
  EXPECT_FALSE(state.has_lease_remaining());
  EXPECT_GT(state.generation(), trial);
  EXPECT_EQ(Renew(trial, seconds(10)), StatusCode::ABORTED);
  EXPECT_EQ(Commit(trial), StatusCode::ABORTED);
}

TEST_P(HostServiceTest, ARenewedLeaseRunsFromTheRenewal) {
  ASSERT_EQ(Apply(Wish(16, seconds(10))), StatusCode::OK);
  host->Advance(seconds(8));
  ASSERT_EQ(Renew(answer.state().generation(), seconds(10)), StatusCode::OK);
  host->Advance(seconds(8));
  EXPECT_EQ(Threads(), 16);
  EXPECT_EQ(State().lease_remaining().seconds(), 2);
  host->Advance(seconds(2));
  host->AwaitThreads(8);
}

TEST_P(HostServiceTest, WhatIsCommittedStays) {
  ASSERT_EQ(Apply(Wish(16, seconds(10))), StatusCode::OK);
  const std::int64_t generation = answer.state().generation();
  ASSERT_EQ(Commit(generation), StatusCode::OK);
  EXPECT_EQ(Commit(generation), StatusCode::OK);
  host->Advance(seconds(100));
  const v1::ConfigState state = State();
  EXPECT_EQ(state.generation(), generation);
  EXPECT_EQ(state.config().thread_pool_size(), 16);
  EXPECT_EQ(state.committed_config().thread_pool_size(), 16);
  EXPECT_FALSE(state.has_lease_remaining());
}

TEST_P(HostServiceTest, WithoutALeaseItIsCommittedAtOnce) {
  ASSERT_EQ(Apply(Wish(16, seconds(0))), StatusCode::OK);
  EXPECT_EQ(State().committed_config().thread_pool_size(), 16);
}

TEST_P(HostServiceTest, ADryRunTellsTheOutcomeAndChangesNothing) {
  v1::ApplyConfigRequest request = Wish(1000, seconds(10));
  request.set_dry_run(true);
  const std::string before = State().SerializeAsString();
  ASSERT_EQ(Apply(request), StatusCode::OK);
  EXPECT_TRUE(answer.applied());
  EXPECT_EQ(answer.outcomes(0).kind(), v1::PARAMETER_OUTCOME_KIND_CLAMPED);
  EXPECT_EQ(answer.outcomes(0).in_force().int_value(), 64);
  EXPECT_EQ(State().SerializeAsString(), before);
}

TEST_P(HostServiceTest, ARefusedValueLeavesAllAsItWas) {
  v1::ApplyConfigRequest request = Wish(16, seconds(10));
  (*request.mutable_config()->mutable_custom_parameters())["fragile"].set_int_value(13);
  const std::string before = State().SerializeAsString();
  ASSERT_EQ(Apply(request), StatusCode::OK);
  EXPECT_FALSE(answer.applied());
  host->AwaitThreads(8);
  EXPECT_EQ(State().config().SerializeAsString(), answer.state().config().SerializeAsString());
  EXPECT_EQ(State().SerializeAsString(), before);
  for (const v1::ParameterOutcome& outcome : answer.outcomes()) {
    if (outcome.name() != "fragile") continue;
    EXPECT_EQ(outcome.kind(), v1::PARAMETER_OUTCOME_KIND_REJECTED);
    EXPECT_THAT(outcome.message(), testing::HasSubstr("not 13"));
  }
}

TEST_P(HostServiceTest, ClampedAndUnknownValuesAreTold) {
  v1::ApplyConfigRequest request = Wish(1000, seconds(10));
  (*request.mutable_config()->mutable_custom_parameters())["unknown"].set_bool_value(true);
  ASSERT_EQ(Apply(request), StatusCode::OK);
  EXPECT_TRUE(answer.applied());
  ASSERT_EQ(answer.outcomes_size(), 2);
  for (const v1::ParameterOutcome& outcome : answer.outcomes()) {
    const bool unknown = outcome.name() == "unknown";
    EXPECT_EQ(outcome.kind(),
              unknown ? v1::PARAMETER_OUTCOME_KIND_IGNORED : v1::PARAMETER_OUTCOME_KIND_CLAMPED);
    EXPECT_EQ(outcome.has_in_force(), !unknown);
  }
  EXPECT_EQ(Threads(), 64);
}

TEST_P(HostServiceTest, AnotherTunerIsKeptOutUntilTheHoldEnds) {
  ASSERT_EQ(Apply(Wish(16, seconds(10))), StatusCode::OK);
  v1::ApplyConfigRequest request = Wish(32, seconds(10));
  request.set_tuner_id("another");
  EXPECT_EQ(Apply(request), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Renew(request.expected_generation(), seconds(10), "another"),
            StatusCode::FAILED_PRECONDITION);
  host->Advance(seconds(10));
  host->AwaitThreads(8);
  // The value is in force before the state says so.
  const std::int64_t trial = request.expected_generation();
  while (State().generation() == trial) {
  }
  request.set_expected_generation(State().generation());
  EXPECT_EQ(Apply(request), StatusCode::OK);
}

TEST_P(HostServiceTest, AnOperatorsEditEndsTheTrialAndIsNeverOverwritten) {
  ASSERT_EQ(Apply(Wish(16, seconds(10))), StatusCode::OK);
  const std::int64_t trial = answer.state().generation();
  host->OperatorSetsThreads(20);
  EXPECT_EQ(Renew(trial, seconds(10)), StatusCode::ABORTED);
  EXPECT_EQ(Commit(trial), StatusCode::ABORTED);
  host->Advance(seconds(100));
  const v1::ConfigState state = State();
  EXPECT_EQ(state.source(), v1::CONFIG_SOURCE_OPERATOR);
  EXPECT_EQ(state.config().thread_pool_size(), 20);
  EXPECT_EQ(state.committed_config().thread_pool_size(), 20);
}

TEST_P(HostServiceTest, RequestsThatMakeNoSenseAreInvalid) {
  v1::ApplyConfigRequest nobody = Wish(16, seconds(10));
  nobody.clear_tuner_id();
  v1::ApplyConfigRequest unset = Wish(16, seconds(10));
  (*unset.mutable_config()->mutable_custom_parameters())["fragile"];
  for (const v1::ApplyConfigRequest& request : {nobody, unset, Wish(16, seconds(-1))}) {
    EXPECT_EQ(Apply(request), StatusCode::INVALID_ARGUMENT);
  }
  EXPECT_EQ(Renew(State().generation(), seconds(0)), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Threads(), 8);
}

INSTANTIATE_TEST_SUITE_P(Implementations, HostServiceTest, HostImplementations(),
                         ImplementationName);

}  // namespace
}  // namespace trimtab
