// SPDX-License-Identifier: Apache-2.0
// Every call that changes something leaves its mark, whoever made it and however
// it ended.
#include "tests/support/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <trimtab/client.h>
#include <unistd.h>

#include "daemon/access/method_roles.h"
#include "daemon/api/api_server.h"
#include "tests/integration/api/raw_call.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_control.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_audit_log.h"
#include "trimtab/v1/tuner.grpc.pb.h"

namespace trimtab {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr const char* kStop = "/trimtab.v1.TunerService/StopTuning";
constexpr const char* kToken = "reader-token-0123456789";

TunerStatus With(TunerState state, std::int64_t batch_size) {
  TunerStatus status;
  status.state = state;
  status.config_in_force = Configuration{{"batch_size", batch_size}};
  return status;
}

class AuditTest : public testing::Test {
 protected:
  AuditTest() {
    options.access.token_files["reader"] = directory.Write("reader", kToken);
    options.access.roles[Role::kViewer].tokens = {"reader"};
    options.access.roles[Role::kOperator].certificates = {"oncall.test"};
    options.auditor = &auditor;
  }
  ~AuditTest() override { server.reset(); }
  void Start(const std::string& address = "") {
    server = ApiServer::Start(address.empty() ? listen : address, control, options).value();
    // What its thread begins with is behind the auditor.
    ListAll(auditor);
  }
  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials());
  }
  const TestDirectory directory;
  const std::string listen = "unix:" + directory.Path("api");
  ManualClock clock;
  CountingJournal journal;
  MemoryAuditLog log;
  Auditor auditor{log, journal, clock, AuditRetention()};
  ApiServer::Options options{.clock = clock};
  FakeControl control;
  std::unique_ptr<ApiServer> server;
};

TEST_F(AuditTest, ACommandIsRecordedWithWhoWhatAndHowItEnded) {
  Start();
  control.Publish(With(TunerState::kHolding, 5));
  control.Become(With(TunerState::kPaused, 4));
  TunerClient client({.address = listen});
  ASSERT_TRUE(client.Pause(std::chrono::seconds(9), "lunch").ok());
  control.Answer(absl::FailedPreconditionError("not now"));
  ASSERT_FALSE(client.Approve("good").ok());
  const auto records = client.ListAudit(10);
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 2u);
  const v1::AuditRecord& refused = (*records)[0];
  EXPECT_EQ(refused.call(), "ApproveCandidate");
  EXPECT_EQ(refused.outcome(), "FAILED_PRECONDITION");
  EXPECT_EQ(refused.message(), "not now");
  EXPECT_EQ(refused.before().state(), v1::TUNER_STATE_PAUSED);
  EXPECT_EQ(refused.after().state(), v1::TUNER_STATE_PAUSED);
  const v1::AuditRecord& paused = (*records)[1];
  EXPECT_EQ(paused.caller(), "uid:" + std::to_string(geteuid()));
  EXPECT_EQ(paused.role(), "admin");
  EXPECT_EQ(paused.peer(), "unix");
  EXPECT_EQ(paused.call(), "PauseTuning");
  EXPECT_THAT(paused.request(), HasSubstr("lunch"));
  EXPECT_EQ(paused.outcome(), "OK");
  EXPECT_EQ(paused.count(), 1);
  EXPECT_EQ(paused.before().state(), v1::TUNER_STATE_HOLDING);
  EXPECT_EQ(paused.before().mode(), v1::TUNING_MODE_AUTO);
  EXPECT_EQ(paused.before().config().batch_size(), 5);
  EXPECT_EQ(paused.after().state(), v1::TUNER_STATE_PAUSED);
  EXPECT_EQ(paused.after().config().batch_size(), 4);
}

TEST_F(AuditTest, EveryCallThatChangesSomethingIsThereAndNoOther) {
  Start();
  const auto channel = Channel();
  for (const std::string& path : EveryCall()) {
    const std::size_t before = ListAll(auditor).size();
    RawCall(channel, path);
    const auto entries = ListAll(auditor);
    ASSERT_EQ(entries.size() - before, Mutates(path) ? 1u : 0u) << path;
    if (!Mutates(path)) continue;
    EXPECT_EQ(entries[0].call, path.substr(path.rfind('/') + 1));
  }
}

TEST_F(AuditTest, ARequestThatIsWrongNeverReachesTheLoopAndIsThere) {
  Start();
  TunerClient client({.address = listen});
  v1::SystemConfig config;
  (*config.mutable_custom_parameters())["x"];
  EXPECT_EQ(client.Pin(config, "why").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(control.commands().empty());
  const AuditEntry entry = ListAll(auditor).at(0);
  EXPECT_EQ(entry.outcome, absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(entry.request, HasSubstr("why"));
}

TEST_F(AuditTest, WhoIsNotLetInIsThereWithoutWhatWasAskedOrShown) {
  Start("127.0.0.1:0");
  const auto channel = Channel();
  const std::string token = std::string("Bearer ") + kToken;
  for (int i = 0; i < 5; ++i) {
    RawCall(channel, kStop, token);
    RawCall(channel, kStop);
    RawCall(channel, kStop, "Bearer another-secret-0123456789");
    RawCall(channel, "/trimtab.v1.TunerService/ListAudit", token);
  }
  const auto entries = ListAll(auditor);
  ASSERT_EQ(entries.size(), 2u);
  for (const AuditEntry& entry : entries) {
    const bool known = entry.caller == "token:reader";
    EXPECT_EQ(entry.caller, known ? "token:reader" : "nobody");
    EXPECT_EQ(entry.role, known ? "viewer" : "none");
    EXPECT_EQ(entry.count, known ? 5 : 10);
    EXPECT_EQ(entry.outcome,
              known ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(entry.peer, MatchesRegex("tcp 127\\.0\\.0\\.1:[0-9]+"));
    EXPECT_EQ(entry.request, "");
    EXPECT_THAT(entry.message, Not(HasSubstr("0123456789")));
  }
  EXPECT_THAT(journal.said(), Not(HasSubstr("0123456789")));
  EXPECT_TRUE(control.commands().empty());
}

TEST_F(AuditTest, WhoComesByTheSocketWithAWrongTokenIsKnownStill) {
  Start();
  RawCall(Channel(), kStop, "Bearer another-secret-0123456789");
  const AuditEntry entry = ListAll(auditor).at(0);
  EXPECT_EQ(entry.outcome, absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(entry.caller, "uid:" + std::to_string(geteuid()));
  EXPECT_EQ(entry.peer, "unix");
}

// A request that would be wrong, too, isn't looked at.
TEST_F(AuditTest, WhoIsNotLetInIsToldNothingOfTheRequest) {
  Start("127.0.0.1:0");
  const auto stub = v1::TunerService::NewStub(Channel());
  grpc::ClientContext context;
  v1::PinConfigurationRequest request;
  (*request.mutable_config()->mutable_custom_parameters())["x"];
  v1::PinConfigurationResponse response;
  EXPECT_EQ(stub->PinConfiguration(&context, request, &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  const AuditEntry entry = ListAll(auditor).at(0);
  EXPECT_EQ(entry.outcome, absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(entry.request, "");
}

TEST_F(AuditTest, WhoComesTooOftenIsThere) {
  options.limits.requests_per_second = 1;
  Start();
  const auto channel = Channel();
  for (int i = 0; i < 4; ++i) RawCall(channel, kStop);
  const auto entries = ListAll(auditor);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].outcome, absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(entries[0].count, 3);
}

TEST_F(AuditTest, AnImportBeyondTheStreamsIsThere) {
  options.limits.max_streams = 1;
  Start();
  const auto stub = v1::TunerService::NewStub(Channel());
  grpc::ClientContext first;
  const auto watch = stub->WatchStatus(&first, {});
  v1::WatchStatusResponse response;
  ASSERT_TRUE(watch->Read(&response));
  RawCall(Channel(), "/trimtab.v1.TunerService/ImportStudy");
  const AuditEntry entry = ListAll(auditor).at(0);
  EXPECT_EQ(entry.call, "ImportStudy");
  EXPECT_EQ(entry.outcome, absl::StatusCode::kResourceExhausted);
}

TEST_F(AuditTest, ACertificateAndAnAddressAreTold) {
  const CertificateAuthority authority("authority");
  options.tls = directory.Write("server", authority.Issue({"server", "IP:127.0.0.1"}),
                                directory.Write("ca.pem", authority.pem()));
  Start("127.0.0.1:0");
  const Issued shown = authority.Issue({"oncall.test"});
  RawCall(grpc::CreateChannel(
              server->address(),
              grpc::SslCredentials({authority.pem(), shown.key_pem, shown.certificate_pem})),
          kStop);
  const AuditEntry entry = ListAll(auditor).at(0);
  EXPECT_EQ(entry.caller, "certificate:oncall.test");
  EXPECT_EQ(entry.role, "operator");
  EXPECT_THAT(entry.peer, MatchesRegex("tls 127\\.0\\.0\\.1:[0-9]+"));
}

TEST_F(AuditTest, PagesGoBackwards) {
  Start();
  const auto channel = Channel();
  for (int i = 0; i < 5; ++i) RawCall(channel, kStop);
  const auto stub = v1::TunerService::NewStub(channel);
  v1::ListAuditRequest request;
  request.set_page_size(2);
  std::vector<std::int64_t> ids;
  do {
    grpc::ClientContext context;
    v1::ListAuditResponse response;
    ASSERT_TRUE(stub->ListAudit(&context, request, &response).ok());
    for (const v1::AuditRecord& each : response.records()) ids.push_back(each.id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, testing::ElementsAre(5, 4, 3, 2, 1));
}

TEST_F(AuditTest, AFullDiskHoldsUpNoCommand) {
  Start();
  log.Fail(absl::ResourceExhaustedError("disk full"));
  TunerClient client({.address = listen});
  EXPECT_TRUE(client.Stop("now").ok());
  EXPECT_EQ(auditor.trouble().failures, 1);
}

// Refused by the loop, not by the door: an operator who asks too often.
TEST_F(AuditTest, AFloodOfRefusedCommandsIsOneWrite) {
  Start();
  control.Answer(absl::FailedPreconditionError("not now"));
  const auto channel = Channel();
  for (int i = 0; i < 300; ++i) RawCall(channel, kStop);
  EXPECT_EQ(log.writes(), 0);
  EXPECT_EQ(ListAll(auditor).at(0).count, 300);
  EXPECT_EQ(log.writes(), 1);
}

}  // namespace
}  // namespace trimtab
