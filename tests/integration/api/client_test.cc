// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <trimtab/client.h>

#include <future>

#include "daemon/api/api_server.h"
#include "daemon/base/error.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_control.h"

namespace trimtab {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class ApiTest : public testing::Test {
 protected:
  const TestDirectory directory;
  FakeControl control;
  std::unique_ptr<ApiServer> server =
      ApiServer::Start("unix:" + directory.Path("api"), control).value();
  TunerClient client{{.address = server->address(), .deadline = std::chrono::minutes(1)}};
};

TunerStatus InState(TunerState state, const std::string& reason) {
  TunerStatus status;
  status.state = state;
  status.reason = reason;
  return status;
}

TEST_F(ApiTest, TheStatusIsTheNewestOne) {
  control.Publish(InState(TunerState::kHolding, "all is well"));
  const auto status = client.GetStatus();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->state(), v1::TUNER_STATE_HOLDING);
  EXPECT_EQ(status->reason(), "all is well");
}

TEST_F(ApiTest, WatchBringsEachStatusUntilItsReaderHasEnough) {
  int seen = 0;
  const absl::Status end = client.Watch([&](const v1::TunerStatus& status) {
    // The next one is published only now: none may be skipped.
    EXPECT_EQ(status.reason(), seen > 0 ? std::to_string(seen) : "");
    if (++seen == 5) return false;
    control.Publish(InState(TunerState::kMeasuring, std::to_string(seen)));
    return true;
  });
  EXPECT_EQ(end, absl::OkStatus());
  EXPECT_EQ(seen, 5);
}

TEST_F(ApiTest, AtShutdownOpenStreamsEndInOrder) {
  constexpr int kStreams = 5;
  std::vector<std::promise<void>> open(kStreams);
  std::vector<std::future<absl::Status>> ends;
  for (std::promise<void>& begun : open) {
    ends.push_back(std::async(std::launch::async, [&] {
      bool first = true;
      return client.Watch([&](const v1::TunerStatus&) {
        if (std::exchange(first, false)) begun.set_value();
        return true;
      });
    }));
  }
  for (std::promise<void>& begun : open) begun.get_future().wait();
  server->ShutDown(std::chrono::hours(1));
  for (std::future<absl::Status>& end : ends) {
    EXPECT_EQ(end.get(), absl::UnavailableError("the daemon is ending"));
  }
}

TEST_F(ApiTest, TrialsComeNewestFirstOverAsManyPagesAsItTakes) {
  control.HaveTrials(2500);
  const auto trials = client.ListTrials(2200);
  ASSERT_TRUE(trials.ok()) << trials.status();
  ASSERT_EQ(trials->size(), 2200u);
  for (int i = 0; i < 2200; ++i) ASSERT_EQ((*trials)[i].id(), 2500 - i);
  EXPECT_EQ(client.ListTrials(1'000'000)->size(), 2500u);
  EXPECT_EQ(client.ListTrials(1)->size(), 1u);
  EXPECT_EQ(client.ListTrials(0)->size(), 0u);
}

TEST_F(ApiTest, BeforeThereIsAnythingTheAnswerSaysSo) {
  EXPECT_EQ(client.ListTrials(10).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(client.GetBestConfiguration().status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(client.GetSlaCompliance().ok());
}

TEST_F(ApiTest, TheParetoFrontComesWithTheBest) {
  TunerStatus status = InState(TunerState::kHolding, "");
  status.incumbent = ScoredConfiguration{.config = Configuration{{"batch_size", std::int64_t{1}}}};
  for (const std::int64_t batch : {5, 3}) {
    status.front.push_back({.config = Configuration{{"batch_size", batch}}, .score = Score{2.0}});
  }
  control.Publish(status);
  const auto best = client.GetBestConfiguration();
  ASSERT_TRUE(best.ok()) << best.status();
  EXPECT_EQ(best->best().config().batch_size(), 1);
  ASSERT_EQ(best->front_size(), 2);
  EXPECT_EQ(best->front(0).config().batch_size(), 5);
  EXPECT_EQ(best->front(1).config().batch_size(), 3);
}

TEST_F(ApiTest, CommandsArriveAsTheyWereGiven) {
  ASSERT_TRUE(client.Pause(std::chrono::seconds(90), "lunch").ok());
  ASSERT_TRUE(client.Rollback(7, "worse").ok());
  v1::SystemConfig config;
  config.set_batch_size(321);
  ASSERT_TRUE(client.Pin(config, "known").ok());
  const std::vector<Command> commands = control.commands();
  ASSERT_THAT(commands, SizeIs(3));
  EXPECT_EQ(std::get<command::Pause>(commands[0]).length, Duration(std::chrono::seconds(90)));
  EXPECT_EQ(std::get<command::Pause>(commands[0]).reason, "lunch");
  EXPECT_EQ(std::get<command::Rollback>(commands[1]).decision_id, 7);
  EXPECT_EQ(std::get<command::Pin>(commands[2]).config,
            (Configuration{{"batch_size", std::int64_t{321}}}));
}

TEST_F(ApiTest, ACommandsErrorIsTheLoopsOwn) {
  const absl::Status refused = absl::FailedPreconditionError("nothing waits for approval");
  control.Answer(refused);
  for (const auto& answer :
       {client.Start(), client.Resume(), client.Stop(""), client.Approve(""), client.Reject("")}) {
    EXPECT_EQ(answer.status(), refused);
  }
  EXPECT_THAT(control.commands(), SizeIs(5));
}

TEST_F(ApiTest, AWatchEndsAtItsLimitThoughNothingComes) {
  const absl::Status end =
      client.Watch([](const v1::TunerStatus&) { return true; }, std::chrono::milliseconds(1));
  EXPECT_EQ(end.code(), absl::StatusCode::kDeadlineExceeded) << end;
}

TEST_F(ApiTest, AConfigurationThatMakesNoSenseNeverReachesTheLoop) {
  v1::SystemConfig config;
  (*config.mutable_custom_parameters())["unset"];
  EXPECT_EQ(client.Pin(config, "").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(control.commands(), SizeIs(0));
}

TEST_F(ApiTest, ADaemonThatIsGoneIsUnavailableByItsAddress) {
  server.reset();
  for (const absl::Status& status : {client.GetStatus().status(), client.Start().status(),
                                     client.Watch([](const v1::TunerStatus&) { return true; })}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(Message(status), HasSubstr(directory.Path("api")));
  }
}

TEST_F(ApiTest, APortInUseIsRefusedByName) {
  const absl::Status second = ApiServer::Start(server->address(), control).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(second), HasSubstr(server->address()));
}

}  // namespace
}  // namespace trimtab
