// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/host/host_benchmark.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab::benchmark {
namespace {

using std::chrono::milliseconds;

// A host that serves RunBenchmark, each request of which takes 10 ms.
class HostBenchmarkTest : public testing::Test {
 protected:
  HostBenchmarkTest() : host({.service = "s", .instance = "i", .clock = &clock}) {}

  // `at_call` is told the number of each request.
  void Serve(Load load, bool fail = false, const std::function<void(std::int64_t)>& at_call = {}) {
    host.AddInt("threads", {.min = 1, .max = 8, .initial = 1},
                [](std::int64_t) { return absl::OkStatus(); });
    host.SetBenchmark(ForHost(host.metrics(),
                              {.name = "test",
                               .run = [=, this](const Call& call) -> absl::StatusOr<std::int64_t> {
                                 if (at_call) at_call(call.number);
                                 clock.Advance(milliseconds(10));
                                 if (fail) return absl::UnavailableError("down");
                                 return 100;
                               }},
                              load, clock));
    ASSERT_TRUE(host.Start().ok());
    stub = v1::HostService::NewStub(
        grpc::CreateChannel(host.address(), grpc::InsecureChannelCredentials()));
  }

  grpc::Status RunIt() {
    grpc::ClientContext context;
    v1::RunBenchmarkRequest request;
    request.set_generation(1);
    request.mutable_duration()->set_seconds(1);
    request.mutable_warm_up()->set_nanos(500'000'000);
    v1::RunBenchmarkResponse response;
    grpc::Status status = stub->RunBenchmark(&context, request, &response);
    snapshot = response.snapshot();
    return status;
  }

  ManualClock clock;
  host::TunableHost host;
  std::unique_ptr<v1::HostService::Stub> stub;
  v1::MetricsSnapshot snapshot;
};

TEST_F(HostBenchmarkTest, TheWholeRunIsOneWindowWithoutTheWarmUp) {
  Serve({});
  const grpc::Status status = RunIt();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(snapshot.request_count(), 100);
  EXPECT_EQ(snapshot.error_count(), 0);
  EXPECT_EQ(snapshot.payload_bytes(), 100 * 100);
  EXPECT_EQ(snapshot.generation(), 1);
  EXPECT_NEAR(snapshot.metrics().latency_p99_ms(), 10, 0.2);
}

TEST_F(HostBenchmarkTest, RequestsThatFailAreAFindingNotAnError) {
  Serve({}, true);
  const grpc::Status status = RunIt();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(snapshot.request_count(), 100);
  EXPECT_EQ(snapshot.error_count(), 100);
}

TEST_F(HostBenchmarkTest, WhatAnOpenLoopMissesIsRecordedAsTimeouts) {
  Serve({.kind = Load::Kind::kConstant, .rate = 1000});
  const grpc::Status status = RunIt();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(snapshot.request_count(), 1000);
  // A second, and one more to send what was due, at 10 ms each.
  EXPECT_NEAR(static_cast<double>(snapshot.timeout_count()), 800, 3);
}

TEST_F(HostBenchmarkTest, AChangeOfTheConfigurationEndsItAtOnce) {
  std::int64_t last = 0;
  Serve({}, false, [&](std::int64_t number) {
    last = number;
    if (number == 20) {
      EXPECT_TRUE(host.SetFromOperator({{"threads", std::int64_t{2}}}).ok());
    }
  });
  const grpc::Status status = RunIt();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(status.error_message(), "generation 2 is in force, not 1");
  EXPECT_EQ(last, 20);
  // On a generation that is gone, not even one request is made.
  last = -1;
  EXPECT_EQ(RunIt().error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(last, -1);
}

TEST_F(HostBenchmarkTest, ALoadThatMakesNoSenseIsAnError) {
  Serve({.concurrency = 0});
  const grpc::Status status = RunIt();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "concurrency is 0; allowed are 1 to 4096");
}

}  // namespace
}  // namespace trimtab::benchmark
