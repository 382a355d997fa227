// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/request_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
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
  const auto pipeline = RequestPipeline::Create(peer_, Options(4)).value();
  std::vector<Answer> answers = SubmitMany(*pipeline, 9);
  peer_.AwaitReceived(4);
  EXPECT_EQ(pipeline->stats().in_flight, 4);
  EXPECT_EQ(pipeline->stats().queued, 5);
  EXPECT_EQ(peer_.received().size(), 4U);
  peer_.Allow(2);
  peer_.AwaitReceived(6);
  EXPECT_EQ(peer_.received().size(), 6U);
  peer_.Allow(7);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(*answers[i].get(), "re " + std::to_string(i));
  EXPECT_EQ(peer_.opened(), 1);
}

TEST_F(PipelineTest, TheDepthChangesWhileItWorks) {
  const auto pipeline = RequestPipeline::Create(peer_, Options(1)).value();
  std::vector<Answer> answers = SubmitMany(*pipeline, 12);
  peer_.AwaitReceived(1);
  ASSERT_TRUE(pipeline->SetDepth(5).ok());
  peer_.AwaitReceived(5);
  ASSERT_TRUE(pipeline->SetDepth(2).ok());
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
  const auto pipeline = RequestPipeline::Create(peer, Options(3)).value();
  Answer first = pipeline->Submit("0", Soon());
  Answer second = pipeline->Submit("1", Soon());
  Answer third = pipeline->Submit("too large", Soon());
  Answer expired = pipeline->Submit("late", clock_.Now());
  Answer last = pipeline->Submit("4", Soon());
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
    const auto pipeline = RequestPipeline::Create(peer_, Options(7)).value();
    for (int i = 0; i < 200; ++i) {
      // Failures too, some before they are sent.
      ASSERT_TRUE(pipeline
                      ->Submit("x", i % 3 == 0 ? clock_.Now() : Soon(),
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
  const auto pipeline = RequestPipeline::Create(peer_, Options(2)).value();
  std::vector<Answer> answers = SubmitMany(*pipeline, 5);
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
  const auto pipeline = RequestPipeline::Create(peer_, Options(2)).value();
  EXPECT_THAT(std::string(pipeline->Submit("a", Soon()).get().status().message()),
              HasSubstr("nobody listens"));
  peer_.FailOpening(absl::OkStatus());
  peer_.Allow(1);
  EXPECT_TRUE(pipeline->Submit("b", Soon()).get().ok());
}

TEST_F(PipelineTest, APeerThatHangsIsLeftForANewConnection) {
  const auto pipeline = RequestPipeline::Create(peer_, Options(3)).value();
  std::vector<Answer> answers = SubmitMany(*pipeline, 3);
  peer_.AwaitReceived(3);
  clock_.Advance(1s);
  for (Answer& answer : answers) {
    EXPECT_EQ(answer.get().status().code(), absl::StatusCode::kDeadlineExceeded);
  }
  peer_.Allow(1);
  EXPECT_TRUE(pipeline->Submit("again", Soon()).get().ok());
  EXPECT_EQ(peer_.opened(), 2);
  EXPECT_EQ(pipeline->stats().timeouts, 3);
}

TEST_F(PipelineTest, WhatACallbackThrowsHarmsNobody) {
  const auto pipeline = RequestPipeline::Create(peer_, Options(2)).value();
  ASSERT_TRUE(
      pipeline
          ->Submit("a", Soon(),
                   [](const absl::StatusOr<std::string>&) { throw std::runtime_error("x"); })
          .ok());
  Answer next = pipeline->Submit("b", Soon());
  peer_.Allow(2);
  EXPECT_EQ(*next.get(), "re b");
  EXPECT_EQ(pipeline->stats().callback_exceptions, 1);
}

TEST_F(PipelineTest, WhatATransportThrowsIsTheErrorOfThatRequest) {
  // Throws once at each place.
  class Throwing final : public Transport {
   public:
    explicit Throwing(Transport& inner) : inner_(inner) {}
    absl::StatusOr<std::unique_ptr<Connection>> Open(MonotonicTime deadline) override {
      if (++opens_ == 1) throw std::runtime_error("open");
      return std::make_unique<Link>(*inner_.Open(deadline));
    }

   private:
    class Link final : public Connection {
     public:
      explicit Link(std::unique_ptr<Connection> inner) : inner_(std::move(inner)) {}
      absl::Status Send(std::string_view request, MonotonicTime deadline) override {
        if (request == "send") throw std::runtime_error("send");
        receive_throws_ = request == "receive";
        return inner_->Send(request, deadline);
      }
      absl::StatusOr<std::string> Receive(MonotonicTime deadline) override {
        if (receive_throws_) throw 7;
        return inner_->Receive(deadline);
      }
      bool Usable() const override { return inner_->Usable(); }
      bool Healthy() const override { return inner_->Healthy(); }
      void Break() override { inner_->Break(); }

     private:
      const std::unique_ptr<Connection> inner_;
      std::atomic<bool> receive_throws_{false};
    };
    Transport& inner_;
    int opens_ = 0;
  };
  Throwing transport(peer_);
  peer_.Allow(100);
  const auto pipeline = RequestPipeline::Create(transport, Options(1)).value();
  for (const auto* request : {"open", "send", "receive"}) {
    EXPECT_EQ(pipeline->Submit(request, Soon()).get().status().code(), absl::StatusCode::kUnknown);
  }
  EXPECT_EQ(*pipeline->Submit("fine", Soon()).get(), "re fine");
  EXPECT_EQ(pipeline->stats().connections, 3);
}

TEST_F(PipelineTest, RefusesMoreThanItsQueueHolds) {
  RequestPipelineOptions options = Options(1);
  options.queue_limit = 2;
  const auto pipeline = RequestPipeline::Create(peer_, options).value();
  Answer sent = pipeline->Submit("sent", Soon());
  peer_.AwaitReceived(1);
  std::vector<Answer> queued = SubmitMany(*pipeline, 2);
  EXPECT_EQ(pipeline->Submit("too much", Soon()).get().status().code(),
            absl::StatusCode::kResourceExhausted);
  peer_.Allow(3);
  EXPECT_TRUE(sent.get().ok());
  for (Answer& answer : queued) EXPECT_TRUE(answer.get().ok());
}

TEST_F(PipelineTest, RefusesDepthsOutOfRange) {
  const auto pipeline = RequestPipeline::Create(peer_, Options(3)).value();
  for (const std::int64_t depth : {0, -5, 10001}) {
    EXPECT_EQ(pipeline->SetDepth(depth).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(pipeline->depth(), 3);
  for (const RequestPipelineOptions& options :
       {RequestPipelineOptions{.depth = 0}, RequestPipelineOptions{.queue_limit = 0},
        RequestPipelineOptions{.open_timeout = Duration::max()}}) {
    EXPECT_EQ(RequestPipeline::Create(peer_, options).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(Validate(RequestPipelineOptions()).ok());
  EXPECT_EQ(Export(pipeline->stats()).front().value, 3);
}

}  // namespace
}  // namespace trimtab::runtime
