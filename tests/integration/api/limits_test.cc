// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/api/api_server.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/integration/api/raw_call.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_control.h"
#include "tests/support/manual_clock.h"
#include "trimtab/v1/tuner.grpc.pb.h"

namespace trimtab {
namespace {

using testing::HasSubstr;
constexpr const char* kStatusCall = "/trimtab.v1.TunerService/GetStatus";

class LimitsTest : public testing::Test {
 protected:
  void Start(const ApiLimits& limits) {
    options.limits = limits;
    server = ApiServer::Start(listen, control, options).value();
    channel = grpc::CreateChannel(listen, grpc::InsecureChannelCredentials());
  }
  const TestDirectory directory;
  const std::string listen = "unix:" + directory.Path("api");
  ManualClock clock;
  ApiServer::Options options{.access = {.token_files = {{"ci", directory.Write("ci", kToken)}}},
                             .clock = clock};
  static constexpr const char* kToken = "ci-token-0123456789abcdef";
  FakeControl control;
  std::unique_ptr<ApiServer> server;
  std::shared_ptr<grpc::Channel> channel;
};

TEST_F(LimitsTest, AMessageThatIsTooLongIsRefused) {
  Start({.max_message_bytes = 2048});
  const auto stub = v1::TunerService::NewStub(channel);
  for (const auto& [bytes, code] : std::vector<std::pair<int, grpc::StatusCode>>{
           {1000, grpc::StatusCode::OK}, {3000, grpc::StatusCode::RESOURCE_EXHAUSTED}}) {
    v1::StopTuningRequest request;
    request.set_reason(std::string(bytes, 'x'));
    v1::StopTuningResponse response;
    grpc::ClientContext context;
    EXPECT_EQ(stub->StopTuning(&context, request, &response).error_code(), code) << bytes;
  }
  EXPECT_EQ(control.commands().size(), 1u);
}

TEST_F(LimitsTest, MoreRequestsThanTheRateAllowsAreRefusedUntilTimeHasPassed) {
  Start({.requests_per_second = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(RawCall(channel, kStatusCall).ok());
  const grpc::Status refused = RawCall(channel, kStatusCall);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("requests_per_second"));
  clock.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(RawCall(channel, kStatusCall).ok());
}

TEST_F(LimitsTest, GuessingTokensIsSlow) {
  Start({.requests_per_second = 3});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(RawCall(channel, kStatusCall, "Bearer guess").error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
  }
  EXPECT_EQ(RawCall(channel, kStatusCall, "Bearer guess").error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  // Who is known doesn't suffer for it.
  EXPECT_TRUE(RawCall(channel, kStatusCall).ok());
}

TEST_F(LimitsTest, MoreStreamsThanAllowedAreRefusedUntilOneEnds) {
  Start({.max_streams = 2});
  const auto stub = v1::TunerService::NewStub(channel);
  v1::WatchStatusResponse response;
  grpc::ClientContext contexts[3];
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchStatusResponse>>> streams;
  for (int i = 0; i < 3; ++i) {
    streams.push_back(stub->WatchStatus(&contexts[i], {}));
    // The next one comes when this one is open.
    EXPECT_EQ(streams[i]->Read(&response), i < 2);
  }
  const grpc::Status refused = streams[2]->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("api.limits.streams"));
  contexts[0].TryCancel();
  streams[0]->Finish();
  // The server hears of it a little later.
  grpc::Status again(grpc::StatusCode::RESOURCE_EXHAUSTED, "");
  while (again.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
    again = RawCall(channel, "/trimtab.v1.TunerService/WatchStatus");
  }
  EXPECT_TRUE(again.ok());
}

TEST_F(LimitsTest, StreamsOfTheHealthAreBoundedToo) {
  Start({.max_streams = 1});
  const auto stub = grpc::health::v1::Health::NewStub(channel);
  grpc::health::v1::HealthCheckResponse response;
  grpc::ClientContext first;
  const auto stream = stub->Watch(&first, {});
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_EQ(RawCall(channel, "/grpc.health.v1.Health/Watch").error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(LimitsTest, AConnectionWithoutACallIsClosed) {
  Start({.idle_ms = 200});
  EXPECT_TRUE(RawCall(channel, kStatusCall).ok());
  // The client sees the connection end, and makes another for the next call.
  grpc_connectivity_state state = channel->GetState(false);
  while (state == GRPC_CHANNEL_READY) {
    channel->WaitForStateChange(state, std::chrono::system_clock::now() + std::chrono::minutes(1));
    state = channel->GetState(false);
  }
  EXPECT_EQ(state, GRPC_CHANNEL_IDLE);
  EXPECT_TRUE(RawCall(channel, kStatusCall).ok());
}

}  // namespace
}  // namespace trimtab
