// SPDX-License-Identifier: Apache-2.0
// Sizes change as fast as they can under load: nothing is lost, nothing is done
// twice, nothing is lent twice.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "client/runtime/network/async_caller.h"
#include "client/runtime/network/batch_requester.h"
#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "client/runtime/network/request_pipeline.h"
#include "tests/support/threads.h"
#include "tests/unit/runtime/network/fake_connections.h"
#include "tests/unit/runtime/network/under_change.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4;

TEST(ResizeStressTest, APoolLendsNoConnectionTwiceAndRefusesNobody) {
  Tally tally;
  const int requests = Requests();
  Ledger ledger(requests);
  {
    const auto pool = ConnectionPool<FakePoolable>::Create(
                          {.size = 8, .lifetime_limit = 1ms, .check_every = {}},
                          [&](MonotonicTime) { return std::make_unique<FakePoolable>(tally); })
                          .value();
    WhileChanging(
        [&](Random& random) {
          EXPECT_TRUE(pool->Resize(static_cast<std::int64_t>(1 + random.Next() % 16)).ok());
        },
        [&] {
          InParallel(kThreads, [&](int thread) {
            for (int i = thread; i < requests; i += kThreads) {
              auto lease = pool->Take(Far());
              ASSERT_TRUE(lease.ok()) << lease.status();
              ASSERT_EQ(++(*lease)->users, 1);
              ledger.See(i);
              --(*lease)->users;
              if (i % 97 == 0) lease->Discard();
            }
          });
        });
    ledger.Check();
    EXPECT_EQ(pool->stats().leases, requests);
    EXPECT_EQ(pool->stats().lent, 0);
    EXPECT_LE(tally.most_open, 16 + kThreads);
    // Shrinking drains.
    ASSERT_TRUE(pool->Resize(1).ok());
    while (pool->stats().opening > 0) std::this_thread::yield();
    EXPECT_LE(pool->stats().idle, 1);
  }
  EXPECT_EQ(tally.open, 0);
}

TEST(ResizeStressTest, APipelineAnswersEveryRequestOnceAndInOrder) {
  const int requests = RequestsOverSockets();
  Ledger served(requests);
  Ledger answered(requests);
  const auto server = *FramedServer::Start({}, [&](std::string request, const Reply& reply) {
    served.See(std::stoi(request));
    reply(std::move(request));
  });
  FramedTransport transport(server->address());
  std::atomic<int> next{0};
  {
    const auto pipeline = RequestPipeline::Create(transport, {.queue_limit = 1000000}).value();
    WhileChanging(
        [&](Random& random) {
          EXPECT_TRUE(pipeline->SetDepth(static_cast<std::int64_t>(1 + random.Next() % 64)).ok());
        },
        [&] {
          for (int i = 0; i < requests; ++i) {
            while (pipeline->stats().queued > 10000) std::this_thread::yield();
            ASSERT_TRUE(pipeline
                            ->Submit(std::to_string(i), Far(),
                                     [&, i](const absl::StatusOr<std::string>& answer) {
                                       ASSERT_TRUE(answer.ok()) << answer.status();
                                       EXPECT_EQ(*answer, std::to_string(i));
                                       EXPECT_EQ(next++, i);
                                       answered.See(i);
                                     })
                            .ok());
          }
          while (next < requests) std::this_thread::yield();
        });
  }
  served.Check();
  answered.Check();
}

TEST(ResizeStressTest, RequestsOverAPoolOfRealConnectionsAreServedOnce) {
  const int requests = RequestsOverSockets();
  Ledger served(requests);
  const auto server = *FramedServer::Start({}, [&](std::string request, const Reply& reply) {
    served.See(std::stoi(request));
    reply(std::move(request));
  });
  FramedTransport transport(server->address());
  {
    const auto pool = ConnectionPool<Connection>::Create({.size = 4}, [&](MonotonicTime deadline) {
                        return transport.Open(deadline);
                      }).value();
    WhileChanging(
        [&](Random& random) {
          EXPECT_TRUE(pool->Resize(static_cast<std::int64_t>(1 + random.Next() % 8)).ok());
          // As fast as a tuner never would, but not so fast that all time goes
          // into opening.
          std::this_thread::yield();
        },
        [&] {
          InParallel(kThreads, [&](int thread) {
            for (int i = thread; i < requests; i += kThreads) {
              const auto answer = Call(*pool, std::to_string(i), Far());
              ASSERT_TRUE(answer.ok()) << answer.status();
              ASSERT_EQ(*answer, std::to_string(i));
            }
          });
        });
  }
  served.Check();
}

TEST(ResizeStressTest, AnAsyncCallerAnswersEveryCallOnce) {
  const int requests = Requests();
  Ledger made(requests);
  Ledger answered(requests);
  std::atomic<std::int64_t> refused{0};
  {
    const auto caller =
        AsyncCaller::Create({.threads = 2, .queue_limit = 100}, [&](const std::string& request,
                                                                    MonotonicTime) {
          made.See(std::stoi(request));
          return absl::StatusOr<std::string>(request);
        }).value();
    WhileChanging(
        [&](Random& random) {
          EXPECT_TRUE(caller->Resize(static_cast<std::int64_t>(1 + random.Next() % 6)).ok());
          EXPECT_TRUE(
              caller->SetQueueLimit(static_cast<std::int64_t>(1 + random.Next() % 200)).ok());
        },
        [&] {
          InParallel(2, [&](int thread) {
            for (int i = thread; i < requests; i += 2) {
              bool taken = false;
              while (!taken) {
                taken = true;
                // `taken` is written at once or never.
                caller->Send(std::to_string(i), Far(),
                             [&, i, again = &taken](const absl::StatusOr<std::string>& answer) {
                               if (absl::IsResourceExhausted(answer.status())) {
                                 *again = false;
                                 ++refused;
                                 return;
                               }
                               EXPECT_TRUE(answer.ok()) << answer.status();
                               answered.See(i);
                             });
                if (!taken) std::this_thread::yield();
              }
            }
          });
        });
    EXPECT_EQ(caller->stats().refused, refused);
    EXPECT_EQ(caller->stats().taken, requests);
  }
  made.Check();
  answered.Check();
}

TEST(ResizeStressTest, BatchesHaveAResultForEveryItem) {
  const int requests = Requests();
  Ledger served(requests);
  const auto requester =
      BatchRequester::Create(
          [&](std::string item, MonotonicTime, const BatchRequester::Done& done) {
            served.See(std::stoi(item));
            done(std::move(item));
          },
          {.batch_size = 10, .timeout = 10min})
          .value();
  std::vector<std::string> items;
  for (int i = 0; i < requests; ++i) items.push_back(std::to_string(i));
  std::vector<absl::StatusOr<std::string>> results;
  WhileChanging(
      [&](Random& random) {
        EXPECT_TRUE(
            requester->SetBatchSize(static_cast<std::int64_t>(1 + random.Next() % 50)).ok());
        EXPECT_TRUE(
            requester->SetConcurrency(static_cast<std::int64_t>(1 + random.Next() % 20)).ok());
      },
      [&] { results = requester->Run(items); });
  ASSERT_EQ(results.size(), items.size());
  for (int i = 0; i < requests; ++i) ASSERT_EQ(*results[i], items[i]);
  served.Check();
}

}  // namespace
}  // namespace trimtab::runtime
