// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "daemon/api/api_server.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_control.h"
#include "trimtab/v1/tuner.grpc.pb.h"

namespace trimtab {
namespace {

namespace health = grpc::health::v1;
using testing::HasSubstr;

// What only a bare gRPC client sees.
class ApiServerTest : public testing::Test {
 protected:
  grpc::StatusCode Check(const std::string& service,
                         health::HealthCheckResponse::ServingStatus* status) {
    health::HealthCheckRequest request;
    request.set_service(service);
    health::HealthCheckResponse response;
    grpc::ClientContext context;
    const grpc::Status answer =
        health::Health::NewStub(channel)->Check(&context, request, &response);
    *status = response.status();
    return answer.error_code();
  }

  const TestDirectory directory;
  const std::string listen = "unix:" + directory.Path("api");
  FakeControl control;
  std::unique_ptr<ApiServer> server = ApiServer::Start(listen, control).value();
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials());
};

TEST_F(ApiServerTest, HealthFollowsTheDaemon) {
  health::HealthCheckResponse::ServingStatus status;
  for (const std::string service : {"", "trimtab.v1.TunerService"}) {
    server->SetServing(true);
    EXPECT_EQ(Check(service, &status), grpc::StatusCode::OK);
    EXPECT_EQ(status, health::HealthCheckResponse::SERVING);
    server->SetServing(false);
    EXPECT_EQ(Check(service, &status), grpc::StatusCode::OK);
    EXPECT_EQ(status, health::HealthCheckResponse::NOT_SERVING);
  }
  EXPECT_EQ(Check("nobody", &status), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ApiServerTest, LivenessFollowsTheLoopAndReadinessTheHostToo) {
  health::HealthCheckResponse::ServingStatus status;
  const auto expect = [&](bool live, bool ready) {
    EXPECT_EQ(Check("liveness", &status), grpc::StatusCode::OK);
    EXPECT_EQ(status == health::HealthCheckResponse::SERVING, live);
    EXPECT_EQ(Check("readiness", &status), grpc::StatusCode::OK);
    EXPECT_EQ(status == health::HealthCheckResponse::SERVING, ready);
  };
  expect(true, false);
  TunerStatus reached;
  reached.host_reachable = true;
  control.Publish(reached);
  expect(true, true);
  control.Hang(std::chrono::seconds(31));
  expect(false, false);
  // The API itself serves on.
  EXPECT_EQ(Check("", &status), grpc::StatusCode::OK);
  EXPECT_EQ(status, health::HealthCheckResponse::SERVING);
  control.Hang(std::chrono::seconds(0));
  server->SetServing(false);
  expect(false, false);
}

TEST_F(ApiServerTest, AWatchOfTheReadinessSeesTheHostComeAndGo) {
  grpc::ClientContext context;
  health::HealthCheckRequest request;
  request.set_service("readiness");
  const auto reader = health::Health::NewStub(channel)->Watch(&context, request);
  health::HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::NOT_SERVING);
  TunerStatus reached;
  reached.host_reachable = true;
  control.Publish(reached);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::SERVING);
}

TEST_F(ApiServerTest, HealthAloneIsServedWhereAsked) {
  EXPECT_EQ(server->health_address(), "");
  server.reset();
  server = ApiServer::Start(listen, control, {.health_listen = "127.0.0.1:0"}).value();
  channel = grpc::CreateChannel(server->health_address(), grpc::InsecureChannelCredentials());
  health::HealthCheckResponse::ServingStatus status;
  EXPECT_EQ(Check("liveness", &status), grpc::StatusCode::OK);
  EXPECT_EQ(status, health::HealthCheckResponse::SERVING);
  grpc::ClientContext context;
  v1::GetStatusResponse response;
  EXPECT_EQ(v1::TunerService::NewStub(channel)->GetStatus(&context, {}, &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  const auto taken =
      ApiServer::Start(listen + "2", control, {.health_listen = server->health_address()});
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("api.health_listen"));
}

TEST_F(ApiServerTest, AWatchOfTheHealthSeesTheEnd) {
  grpc::ClientContext context;
  const auto reader =
      health::Health::NewStub(channel)->Watch(&context, health::HealthCheckRequest());
  health::HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::SERVING);
  server->SetServing(false);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::NOT_SERVING);
  server->ShutDown(std::chrono::hours(1));
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ApiServerTest, AWatchHoldsBackWhatComesSoonerThanItsInterval) {
  const auto stub = v1::TunerService::NewStub(channel);
  v1::WatchStatusRequest request;
  request.mutable_min_interval()->set_seconds(3600);
  v1::WatchStatusResponse response;
  grpc::ClientContext context;
  const auto reader = stub->WatchStatus(&context, request);
  ASSERT_TRUE(reader->Read(&response));
  for (int i = 0; i < 3; ++i) control.Publish(TunerStatus());
  server->ShutDown(std::chrono::hours(1));
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ApiServerTest, AWatchWithANegativeIntervalIsInvalid) {
  v1::WatchStatusRequest request;
  request.mutable_min_interval()->set_seconds(-1);
  v1::WatchStatusResponse response;
  grpc::ClientContext context;
  const auto reader = v1::TunerService::NewStub(channel)->WatchStatus(&context, request);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ApiServerTest, PagesThatMakeNoSenseAreInvalid) {
  control.HaveTrials(3);
  const auto stub = v1::TunerService::NewStub(channel);
  for (const auto& [size, token] : std::vector<std::pair<int, std::string>>{
           {-1, ""}, {1001, ""}, {1, "x"}, {1, "1x"}, {1, "-4"}, {1, "0"}, {1, "9e9"}}) {
    v1::ListTrialsRequest request;
    request.set_page_size(size);
    request.set_page_token(token);
    v1::ListTrialsResponse response;
    grpc::ClientContext context;
    const grpc::Status status = stub->ListTrials(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << size << " " << token;
    EXPECT_THAT(status.error_message(), HasSubstr(token.empty() ? "page_size" : token));
  }
}

TEST_F(ApiServerTest, ReflectionKnowsTheServices) {
  // What a client with the reflection's own stubs sends to list services.
  const std::string list = std::string("\x3a\x01*", 3);
  grpc::Slice slice(list);
  grpc::ByteBuffer request(&slice, 1);
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  const auto await = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(nullptr);
  ASSERT_TRUE(await());
  call->Write(request, nullptr);
  ASSERT_TRUE(await());
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  ASSERT_TRUE(await());
  ASSERT_TRUE(response.TrySingleSlice(&slice).ok());
  const std::string text(slice.begin(), slice.end());
  EXPECT_THAT(text, HasSubstr("trimtab.v1.TunerService"));
  EXPECT_THAT(text, HasSubstr("grpc.health.v1.Health"));
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  await();
}

}  // namespace
}  // namespace trimtab
