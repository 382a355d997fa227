// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/contract/host_under_test.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab {

struct Implementation {
  const char* name;
  std::unique_ptr<HostUnderTest> (*make)();
};

// What host.proto promises; its tests are in two files.
class HostServiceTest : public testing::TestWithParam<Implementation> {
 protected:
  using Stub = v1::HostService::Stub;

  template <typename Response, typename Request, typename Method>
  grpc::Status Call(Method method, const Request& request, Response* response) const {
    grpc::ClientContext context;
    return (stub.get()->*method)(&context, request, response);
  }
  v1::ConfigState State() const {
    v1::GetConfigResponse response;
    EXPECT_TRUE(Call(&Stub::GetConfig, v1::GetConfigRequest(), &response).ok());
    return response.state();
  }
  std::int64_t Threads() const { return State().config().thread_pool_size(); }

  v1::ApplyConfigRequest Wish(std::int64_t threads, std::chrono::seconds lease) const {
    v1::ApplyConfigRequest request;
    request.mutable_config()->set_thread_pool_size(threads);
    request.set_expected_generation(State().generation());
    request.mutable_lease()->set_seconds(lease.count());
    request.set_tuner_id("tuner");
    return request;
  }
  grpc::StatusCode Apply(const v1::ApplyConfigRequest& request) {
    answer.Clear();
    return Call(&Stub::ApplyConfig, request, &answer).error_code();
  }
  grpc::StatusCode Renew(std::int64_t generation, std::chrono::seconds lease,
                         const std::string& tuner = "tuner") {
    v1::RenewLeaseRequest request;
    request.set_generation(generation);
    request.mutable_lease()->set_seconds(lease.count());
    request.set_tuner_id(tuner);
    v1::RenewLeaseResponse response;
    return Call(&Stub::RenewLease, request, &response).error_code();
  }
  grpc::StatusCode Commit(std::int64_t generation) {
    v1::CommitConfigRequest request;
    request.set_generation(generation);
    request.set_tuner_id("tuner");
    v1::CommitConfigResponse response;
    return Call(&Stub::CommitConfig, request, &response).error_code();
  }
  // The windows after `sequence`, once one of them is of `generation`.
  std::vector<v1::MetricsSnapshot> Windows(std::int64_t generation, std::int64_t sequence = 0) {
    v1::GetMetricsRequest request;
    request.set_after_sequence(sequence);
    while (true) {
      v1::GetMetricsResponse response;
      EXPECT_TRUE(Call(&Stub::GetMetrics, request, &response).ok());
      for (const v1::MetricsSnapshot& window : response.snapshots()) {
        if (window.generation() != generation) continue;
        return {response.snapshots().begin(), response.snapshots().end()};
      }
    }
  }

  std::unique_ptr<HostUnderTest> host = GetParam().make();
  std::unique_ptr<v1::HostService::Stub> stub = v1::HostService::NewStub(
      grpc::CreateChannel(host->address(), grpc::InsecureChannelCredentials()));
  // Of the last Apply().
  v1::ApplyConfigResponse answer;
};

// Every implementation, for INSTANTIATE_TEST_SUITE_P.
inline auto HostImplementations() { return testing::Values(Implementation{"Sdk", NewSdkHost}); }
inline std::string ImplementationName(const testing::TestParamInfo<Implementation>& test) {
  return test.param.name;
}

}  // namespace trimtab
