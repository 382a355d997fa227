// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/request_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/manual_clock.h"
#include "tests/unit/runtime/network/fake_transport.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Answer = std::future<absl::StatusOr<std::string>>;

class PipelineTest : public ::testing::Test {
 protected:
  RequestPipelineOptions Options(std::int64_t depth) { return {.depth = depth, .clock = &clock_}; }
  MonotonicTime Soon() { return clock_.Now() + 1s; }
  std::vector<Answer> SubmitMany(RequestPipeline& pipeline, int count) {
    std::vector<Answer> answers;
    for (int i = 0; i < count; ++i) answers.push_back(pipeline.Submit(std::to_string(i), Soon()));
    return answers;
  }

  ManualClock clock_;
  FakeTransport peer_{clock_};
};

TEST_F(PipelineTest, TenDeepUnlessToldOtherwise) { EXPECT_EQ(RequestPipelineOptions().depth, 10); }

TEST_F(PipelineTest, SendsAsManyAsItIsDeepWithoutAnAnswer) {
  RequestPipeline pipeline(peer_, Options(4));
  std::vector<Answer> answers = SubmitMany(pipeline, 9);
  peer_.AwaitReceived(4);
  EXPECT_EQ(pipeline.stats().in_flight, 4);
  EXPECT_EQ(pipeline.stats().queued, 5);
  EXPECT_EQ(peer_.received().size(), 4U);
  peer_.Allow(2);
  peer_.AwaitReceived(6);
  EXPECT_EQ(peer_.received().size(), 6U);
  peer_.Allow(7);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(*answers[i].get(), "re " + std::to_string(i));
  EXPECT_EQ(peer_.opened(), 1);
}

TEST_F(PipelineTest, TheDepthChangesWhileItWorks) {
  RequestPipeline pipeline(peer_, Options(1));
  std::vector<Answer> answers = SubmitMany(pipeline, 12);
  peer_.AwaitReceived(1);
  ASSERT_TRUE(pipeline.SetDepth(5).ok());
  peer_.AwaitReceived(5);
  ASSERT_TRUE(pipeline.SetDepth(2).ok());
  // Four answered leave one under way; one more fits.
  peer_.Allow(4);
  peer_.AwaitReceived(6);
  EXPECT_EQ(peer_.received().size(), 6U);
  peer_.Allow(8);
  for (Answer& answer : answers) EXPECT_TRUE(answer.get().ok());
}

TEST_F(PipelineTest, OneFailureIsNoOthers) {
  FakeTransport peer(clock_, [](const std::string& request) -> absl::StatusOr<std::string> {
    if (request == "1") return absl::NotFoundError("no 1");
    return request;
  });
  peer.Allow(100);
  RequestPipeline pipeline(peer, Options(3));
  Answer first = pipeline.Submit("0", Soon());
  Answer second = pipeline.Submit("1", Soon());
  Answer third = pipeline.Submit("too large", Soon());
  Answer expired = pipeline.Submit("late", clock_.Now());
  Answer last = pipeline.Submit("4", Soon());
  EXPECT_EQ(*first.get(), "0");
  EXPECT_EQ(second.get().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(third.get().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(expired.get().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(*last.get(), "4");
  EXPECT_EQ(peer.opened(), 1);
}

TEST_F(PipelineTest, AnswersComeInTheOrderOfSubmission) {
  std::vector<int> order;
  {
    RequestPipeline pipeline(peer_, Options(7));
    for (int i = 0; i < 200; ++i) {
      // Failures too, some before they are sent.
      ASSERT_TRUE(pipeline
                      .Submit("x", i % 3 == 0 ? clock_.Now() : Soon(),
                              [&order, i](const absl::StatusOr<std::string>& answer) {
                                EXPECT_EQ(answer.ok(), i % 3 != 0);
                                order.push_back(i);
                              })
                      .ok());
    }
    peer_.Allow(200);
  }
  ASSERT_EQ(order.size(), 200U);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(order[i], i);
}

TEST_F(PipelineTest, ABrokenConnectionEndsWhatIsUnderWayAndNothingElse) {
  RequestPipeline pipeline(peer_, Options(2));
  std::vector<Answer> answers = SubmitMany(pipeline, 5);
  peer_.AwaitReceived(2);
  peer_.Cut();
  EXPECT_EQ(answers[0].get().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(answers[1].get().status().code(), absl::StatusCode::kUnavailable);
  peer_.Allow(3);
  for (int i = 2; i < 5; ++i) EXPECT_EQ(*answers[i].get(), "re " + std::to_string(i));
  EXPECT_EQ(peer_.opened(), 2);
  // None was sent twice.
  EXPECT_EQ(peer_.received(), (std::vector<std::string>{"0", "1", "2", "3", "4"}));
}

TEST_F(PipelineTest, TellsWhenNothingCanBeOpenedAndTriesAgainForTheNext) {
  peer_.FailOpening(absl::UnavailableError("nobody listens"));
  RequestPipeline pipeline(peer_, Options(2));
  EXPECT_THAT(std::string(pipeline.Submit("a", Soon()).get().status().message()),
              HasSubstr("nobody listens"));
  peer_.FailOpening(absl::OkStatus());
  peer_.Allow(1);
  EXPECT_TRUE(pipeline.Submit("b", Soon()).get().ok());
}

TEST_F(PipelineTest, APeerThatHangsIsLeftForANewConnection) {
  RequestPipeline pipeline(peer_, Options(3));
  std::vector<Answer> answers = SubmitMany(pipeline, 3);
  peer_.AwaitReceived(3);
  clock_.Advance(1s);
  for (Answer& answer : answers) {
    EXPECT_EQ(answer.get().status().code(), absl::StatusCode::kDeadlineExceeded);
  }
  peer_.Allow(1);
  EXPECT_TRUE(pipeline.Submit("again", Soon()).get().ok());
  EXPECT_EQ(peer_.opened(), 2);
  EXPECT_EQ(pipeline.stats().timeouts, 3);
}

TEST_F(PipelineTest, RefusesMoreThanItsQueueHolds) {
  RequestPipelineOptions options = Options(1);
  options.queue_limit = 2;
  RequestPipeline pipeline(peer_, options);
  Answer sent = pipeline.Submit("sent", Soon());
  peer_.AwaitReceived(1);
  std::vector<Answer> queued = SubmitMany(pipeline, 2);
  EXPECT_EQ(pipeline.Submit("too much", Soon()).get().status().code(),
            absl::StatusCode::kResourceExhausted);
  peer_.Allow(3);
  EXPECT_TRUE(sent.get().ok());
  for (Answer& answer : queued) EXPECT_TRUE(answer.get().ok());
}

TEST_F(PipelineTest, RefusesDepthsOutOfRange) {
  RequestPipeline pipeline(peer_, Options(3));
  for (const std::int64_t depth : {0, -5, 10001}) {
    EXPECT_EQ(pipeline.SetDepth(depth).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(pipeline.depth(), 3);
  EXPECT_FALSE(Validate(RequestPipelineOptions{.depth = 0}).ok());
  EXPECT_FALSE(Validate(RequestPipelineOptions{.queue_limit = 0}).ok());
  EXPECT_TRUE(Validate(RequestPipelineOptions()).ok());
  EXPECT_EQ(Export(pipeline.stats()).front().value, 3);
}

}  // namespace
}  // namespace trimtab::runtime
