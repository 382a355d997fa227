// SPDX-License-Identifier: Apache-2.0
// That what the mission's performance tests ask for is answered rightly; how
// fast it is, tests/bench/runtime/network shows.
#include <gtest/gtest.h>

#include "client/runtime/network/async_caller.h"
#include "client/runtime/network/batch_requester.h"
#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "client/runtime/network/request_pipeline.h"
#include "client/runtime/network/retrier.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;

class MissionTest : public ::testing::Test {
 protected:
  MonotonicTime Far() { return SystemClock().Now() + 60s; }

  std::unique_ptr<FramedServer> server_ = *FramedServer::Start(
      {}, [](std::string request, const Reply& reply) { reply(std::move(request)); });
  FramedTransport transport_{server_->address()};
  std::unique_ptr<ConnectionPool<Connection>> pool_ =
      ConnectionPool<Connection>::Create({}, [this](MonotonicTime deadline) {
        return transport_.Open(deadline);
      }).value();
};

TEST_F(MissionTest, ARequestOfAThousandBytesIsAnswered) {
  const std::string request(1000, 'r');
  const auto retrier = Retrier::Create().value();
  EXPECT_EQ(*retrier->Call(Far(),
                           [&](MonotonicTime deadline) { return Call(*pool_, request, deadline); }),
            request);
}

TEST_F(MissionTest, TwentyItemsInBatchesOfTenAreAllAnsweredInOrder) {
  const auto pipeline = RequestPipeline::Create(transport_).value();
  const auto requester =
      BatchRequester::Create(
          [&](std::string item, MonotonicTime deadline, const BatchRequester::Done& done) {
            const absl::Status taken = pipeline->Submit(std::move(item), deadline, done);
            if (!taken.ok()) done(taken);
          },
          {.batch_size = 10, .timeout = 60s})
          .value();
  std::vector<std::string> items;
  for (int i = 0; i < 20; ++i) items.emplace_back(100, static_cast<char>('a' + i));
  const auto results = requester->Run(items);
  ASSERT_EQ(results.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(*results[i], items[i]);
  EXPECT_EQ(requester->stats().batches, 2);
}

TEST_F(MissionTest, ItemsGoOverThePoolToo) {
  const auto caller =
      AsyncCaller::Create({.threads = 8}, [&](const std::string& item, MonotonicTime deadline) {
        return Call(*pool_, item, deadline);
      }).value();
  const auto requester =
      BatchRequester::Create(
          [&](std::string item, MonotonicTime deadline, BatchRequester::Done done) {
            caller->Send(std::move(item), deadline, std::move(done));
          },
          {.batch_size = 50, .concurrency = 16, .timeout = 60s})
          .value();
  std::vector<std::string> items;
  for (int i = 0; i < 200; ++i) items.push_back(std::to_string(i));
  const auto results = requester->Run(items);
  ASSERT_EQ(results.size(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(*results[i], items[i]);
}

}  // namespace
}  // namespace trimtab::runtime
