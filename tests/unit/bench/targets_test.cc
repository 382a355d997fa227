// SPDX-License-Identifier: Apache-2.0
// What trimtab-bench sends, and what it makes of a server's answers. HTTP and
// the command line are in tests/e2e/bench_test.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/runtime/benchmark/latency.h"
#include "tests/bench/runtime/benchmark/echo_server.h"
#include "tests/unit/bench/health_server.h"

namespace trimtab::bench {
namespace {

using testing::HasSubstr;
using GrpcTargetTest = HealthServerTest;

TEST(MethodPathTest, TakesTheFormsThatPeopleWrite) {
  EXPECT_EQ(MethodPath("a.b.C/D"), "/a.b.C/D");
  EXPECT_EQ(MethodPath("/a.b.C/D"), "/a.b.C/D");
  EXPECT_EQ(MethodPath("a.b.C.D"), "/a.b.C/D");
  for (const char* bad : {"", "/", "D", "a.b.C/", "/a/b/c", "a b.C/D", ".D", "C."}) {
    EXPECT_EQ(MethodPath(bad), "") << bad;
  }
}

TEST(PadMessageTest, HasTheSizeAndMeansTheSame) {
  health::HealthCheckRequest request;
  request.set_service("some.service");
  const std::string bytes = request.SerializeAsString();
  const auto size = static_cast<std::int64_t>(bytes.size());
  for (const std::int64_t wanted : {size, size + 10, size + 11, size + 137, size + 138,
                                    size + 20000, std::int64_t{1000}, std::int64_t{3'000'000}}) {
    const auto padded = PadMessage(bytes, wanted);
    ASSERT_TRUE(padded.ok()) << padded.status();
    EXPECT_EQ(static_cast<std::int64_t>(padded->size()), wanted);
    health::HealthCheckRequest read;
    ASSERT_TRUE(read.ParseFromString(*padded));
    EXPECT_EQ(read.service(), "some.service");
  }
  for (const std::int64_t wanted : {std::int64_t{1}, size - 1, size + 1, size + 9}) {
    EXPECT_EQ(PadMessage(bytes, wanted).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_THAT(std::string(PadMessage("", 5).status().message()), HasSubstr("at least 10"));
}

TEST_F(GrpcTargetTest, WithoutReflectionBytesDoAndJsonSaysWhatToDo) {
  Serve();
  health::HealthCheckRequest request;
  request.set_service("one");
  options.bytes = request.SerializeAsString();
  options.metadata = {{"who", "bench"}};
  auto target = MakeGrpcTarget(options);
  ASSERT_TRUE(target->Open(2).ok());
  EXPECT_EQ(calls, 0);
  const auto sent = target->Send(1, {});
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(asked, "one");
  EXPECT_EQ(who, "bench");
  // Five of ours, two of the answer.
  EXPECT_EQ(*sent, 5 + 2);
  options.json = "{}";
  const absl::Status status = MakeGrpcTarget(options)->Open(1);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--bytes-file"));
}

TEST_F(GrpcTargetTest, ARequestHasTheSizeAskedFor) {
  Serve();
  auto target = MakeGrpcTarget(options);
  ASSERT_TRUE(target->Open(1).ok());
  const auto payload = target->PayloadOf(1000);
  ASSERT_TRUE(payload.ok());
  const auto sent = target->Send(0, *payload);
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(*sent, 1000 + 2);
  // The server writes the padding's length in two bytes, where we took five.
  EXPECT_EQ(request_bytes, 1000 - 3);
}

TEST_F(GrpcTargetTest, ATimeoutAndAnErrorAreToldApart) {
  Serve();
  health::HealthCheckRequest request;
  request.set_service("hang");
  options.bytes = request.SerializeAsString();
  // Enough to connect, on a busy machine too.
  options.timeout = std::chrono::seconds(1);
  auto target = MakeGrpcTarget(options);
  ASSERT_TRUE(target->Open(1).ok());
  EXPECT_EQ(target->Send(0, {}).status().code(), absl::StatusCode::kDeadlineExceeded);
  options.timeout = std::chrono::minutes(1);
  options.method = "grpc.health.v1.Health/Nothing";
  target = MakeGrpcTarget(options);
  ASSERT_TRUE(target->Open(1).ok());
  EXPECT_EQ(target->Send(0, {}).status().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(GrpcTargetTest, NobodyThereAndNoMethodAreErrorsOfOpen) {
  options.address = "unix:/nowhere";
  options.method = "a.B/C";
  options.timeout = std::chrono::milliseconds(20);
  EXPECT_EQ(MakeGrpcTarget(options)->Open(1).code(), absl::StatusCode::kUnavailable);
  options.method = "nonsense";
  EXPECT_EQ(MakeGrpcTarget(options)->Open(1).code(), absl::StatusCode::kInvalidArgument);
  options.method = "a.B/C";
  options.tls = true;
  options.ca_file = "/nowhere/ca.pem";
  EXPECT_EQ(MakeGrpcTarget(options)->Open(1).code(), absl::StatusCode::kInvalidArgument);
}

// What tests/bench/runtime/benchmark/latency_bench.cc measures.
TEST(EchoTest, EveryRequestOfAThousandBytesIsAnsweredWhole) {
  EchoServer server;
  const auto target = MakeGrpcTarget({.address = server.address(), .method = "echo.Echo/Echo"});
  ASSERT_TRUE(target->Open(4).ok());
  benchmark::LatencyBenchmark benchmark;
  benchmark.name = "echo";
  benchmark.request_bytes = 1000;
  benchmark.send = [&](const benchmark::Call& call, std::string_view payload) {
    return target->Send(call.worker, payload);
  };
  const auto result =
      benchmark::RunLatency(benchmark, {.load = {.concurrency = 4}, .count = 200}, SystemClock());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->succeeded, 200);
  EXPECT_EQ(result->payload_bytes, 200 * 2 * 1000);
}

}  // namespace
}  // namespace trimtab::bench
