// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/batch_requester.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

#include "daemon/base/mutex.h"
#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::vector<std::string> Items(int count) {
  std::vector<std::string> items;
  for (int i = 0; i < count; ++i) items.push_back(std::to_string(i));
  return items;
}

// Keeps what was sent, and answers when told.
class FakePeer {
 public:
  BatchRequester::Send AsSend() {
    return [this](std::string item, MonotonicTime, BatchRequester::Done done) {
      const MutexLock lock(mutex_);
      waiting_.emplace_back(std::move(item), std::move(done));
    };
  }
  std::size_t waiting() {
    const MutexLock lock(mutex_);
    return waiting_.size();
  }
  void Await(std::size_t count) {
    while (waiting() < count) std::this_thread::yield();
  }
  // The newest first, so that answers come in another order than items.
  void AnswerAll() {
    std::vector<std::pair<std::string, BatchRequester::Done>> now;
    {
      const MutexLock lock(mutex_);
      now.swap(waiting_);
    }
    std::reverse(now.begin(), now.end());
    for (auto& [item, done] : now) done("re " + item);
  }

 private:
  Mutex mutex_;
  std::vector<std::pair<std::string, BatchRequester::Done>> waiting_ TRIMTAB_GUARDED_BY(mutex_);
};

class BatchRequesterTest : public ::testing::Test {
 protected:
  BatchRequesterOptions Options(std::int64_t size, std::int64_t concurrency) {
    return {.batch_size = size, .concurrency = concurrency, .timeout = 100ms, .clock = &clock_};
  }
  ManualClock clock_;
  FakePeer peer_;
};

TEST_F(BatchRequesterTest, AThousandABatchUnlessToldOtherwise) {
  EXPECT_EQ(BatchRequesterOptions().batch_size, 1000);
}

TEST_F(BatchRequesterTest, SendsABatchAtOnceAndTheNextAfterIt) {
  const auto requester = BatchRequester::Create(peer_.AsSend(), Options(10, 100)).value();
  auto run = std::async(std::launch::async, [&] { return requester->Run(Items(25)); });
  for (const std::size_t batch : {10, 10, 5}) {
    peer_.Await(batch);
    EXPECT_EQ(peer_.waiting(), batch);
    peer_.AnswerAll();
  }
  const auto results = run.get();
  ASSERT_EQ(results.size(), 25U);
  for (int i = 0; i < 25; ++i) EXPECT_EQ(*results[i], "re " + std::to_string(i));
  EXPECT_EQ(requester->stats().batches, 3);
}

TEST_F(BatchRequesterTest, HasNoMoreUnderWayThanItsConcurrency) {
  const auto requester = BatchRequester::Create(peer_.AsSend(), Options(10, 4)).value();
  auto run = std::async(std::launch::async, [&] { return requester->Run(Items(10)); });
  peer_.Await(4);
  EXPECT_EQ(peer_.waiting(), 4U);
  ASSERT_TRUE(requester->SetConcurrency(6).ok());
  peer_.Await(6);
  EXPECT_EQ(peer_.waiting(), 6U);
  peer_.AnswerAll();
  peer_.Await(4);
  peer_.AnswerAll();
  EXPECT_EQ(run.get().size(), 10U);
}

TEST(BatchRequesterResizeTest, MoreConcurrencySendsMoreAtOnceThoughNothingIsAnswered) {
  // Of the machine's time, which wakes nobody before the batch's end.
  FakePeer peer;
  const auto requester =
      BatchRequester::Create(peer.AsSend(), {.batch_size = 10, .concurrency = 2, .timeout = 1h})
          .value();
  auto run = std::async(std::launch::async, [&] { return requester->Run(Items(10)); });
  peer.Await(2);
  ASSERT_TRUE(requester->SetConcurrency(7).ok());
  peer.Await(7);
  ASSERT_TRUE(requester->SetConcurrency(100).ok());
  peer.Await(10);
  peer.AnswerAll();
  for (const auto& result : run.get()) EXPECT_TRUE(result.ok());
}

TEST_F(BatchRequesterTest, OneThatFailsStopsNoOther) {
  const auto requester = BatchRequester::Create(
                             [](std::string item, MonotonicTime, const BatchRequester::Done& done) {
                               if (item == "3") return done(absl::NotFoundError("no 3"));
                               if (item == "5") throw std::runtime_error("no 5");
                               done(item);
                             },
                             Options(4, 100))
                             .value();
  const auto results = requester->Run(Items(8));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(results[i].ok(), i != 3 && i != 5);
  EXPECT_EQ(results[3].status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(results[5].status().code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(requester->stats().failed, 2);
}

TEST_F(BatchRequesterTest, ABackendThatHangsCostsOnlyItsBatchsTime) {
  const auto requester = BatchRequester::Create(peer_.AsSend(), Options(3, 2)).value();
  auto run = std::async(std::launch::async, [&] { return requester->Run(Items(4)); });
  peer_.Await(2);
  clock_.Advance(100ms);
  peer_.Await(3);
  // The answers to the first two come too late, the last one's does not.
  peer_.AnswerAll();
  const auto results = run.get();
  ASSERT_EQ(results.size(), 4U);
  EXPECT_THAT(std::string(results[0].status().message()), HasSubstr("no answer"));
  EXPECT_THAT(std::string(results[2].status().message()), HasSubstr("not sent"));
  EXPECT_EQ(*results[3], "re 3");
  EXPECT_EQ(requester->stats().timeouts, 3);
}

TEST_F(BatchRequesterTest, TheSizeChangesFromTheNextBatchOn) {
  const auto requester = BatchRequester::Create(peer_.AsSend(), Options(2, 100)).value();
  auto run = std::async(std::launch::async, [&] { return requester->Run(Items(7)); });
  peer_.Await(2);
  ASSERT_TRUE(requester->SetBatchSize(5).ok());
  peer_.AnswerAll();
  peer_.Await(5);
  peer_.AnswerAll();
  EXPECT_EQ(run.get().size(), 7U);
}

TEST_F(BatchRequesterTest, NothingIsNoBatch) {
  const auto requester = BatchRequester::Create(peer_.AsSend(), Options(2, 2)).value();
  EXPECT_TRUE(requester->Run({}).empty());
  EXPECT_EQ(requester->stats().batches, 0);
}

TEST_F(BatchRequesterTest, RefusesWhatIsOutOfRange) {
  const auto requester = BatchRequester::Create(peer_.AsSend(), Options(2, 2)).value();
  EXPECT_EQ(requester->SetBatchSize(0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(requester->SetBatchSize(100001).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(requester->SetConcurrency(-1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(requester->SetTimeout(0ms).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(requester->SetTimeout(Duration::max()).code(), absl::StatusCode::kInvalidArgument);
  // Run() would never end.
  for (const auto& [size, concurrency] : {std::pair(0, 1), std::pair(1, 0)}) {
    EXPECT_EQ(BatchRequester::Create(peer_.AsSend(), Options(size, concurrency)).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(BatchRequester::Create({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(requester->stats().batch_size, 2);
  EXPECT_EQ(Export(requester->stats()).front().value, 2);
}

}  // namespace
}  // namespace trimtab::runtime
