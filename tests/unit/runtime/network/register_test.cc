// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/register.h"

#include <gtest/gtest.h>

#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/framed_transport.h"

namespace trimtab::runtime {
namespace {

TEST(RegisterTest, EveryPartIsTunedByName) {
  FramedTransport transport("127.0.0.1:9");
  const auto pool = ConnectionPool<Connection>::Create({}, [&](MonotonicTime deadline) {
                      return transport.Open(deadline);
                    }).value();
  const auto pipeline = RequestPipeline::Create(transport).value();
  const auto requester =
      BatchRequester::Create([](std::string item, MonotonicTime, const BatchRequester::Done& done) {
        done(std::move(item));
      }).value();
  const auto caller = AsyncCaller::Create(
      {.threads = 1}, [](const std::string& request, MonotonicTime) -> absl::StatusOr<std::string> {
        return request;
      });
  ASSERT_TRUE(caller.ok());
  const auto retrier = Retrier::Create().value();
  const auto compressor = Compressor::Create().value();
  host::TunableHost host({.service = "s", .instance = "i"});
  RegisterParameters(host, *pool);
  RegisterParameters(host, *pipeline);
  RegisterParameters(host, *requester);
  RegisterParameters(host, **caller);
  RegisterParameters(host, *retrier);
  RegisterParameters(host, *compressor);
  ASSERT_TRUE(host.Start().ok());
  EXPECT_EQ(std::get<std::int64_t>(host.Current().values.at("connection_pool_size")), 100);

  const absl::Status set = host.SetFromOperator({{"connection_pool_size", std::int64_t{7}},
                                                 {"pipeline_depth", std::int64_t{3}},
                                                 {"request_batch_size", std::int64_t{20}},
                                                 {"request_batch_concurrency", std::int64_t{5}},
                                                 {"request_batch_timeout_ms", std::int64_t{70}},
                                                 {"async_caller_threads", std::int64_t{3}},
                                                 {"async_caller_queue_limit", std::int64_t{44}},
                                                 {"timeout_ms", std::int64_t{250}},
                                                 {"retry_count", std::int64_t{1}},
                                                 {"compression", std::string("none")},
                                                 {"compression_level", std::int64_t{5}},
                                                 {"compression_threshold_bytes", std::int64_t{9}}});
  ASSERT_TRUE(set.ok()) << set;
  EXPECT_EQ(pool->size(), 7);
  EXPECT_EQ(pipeline->depth(), 3);
  EXPECT_EQ(requester->stats().batch_size, 20);
  EXPECT_EQ(requester->stats().concurrency, 5);
  EXPECT_EQ(requester->stats().timeout, std::chrono::milliseconds(70));
  EXPECT_EQ((*caller)->stats().threads, 3);
  EXPECT_EQ((*caller)->stats().queue_limit, 44);
  EXPECT_EQ(retrier->stats().timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(retrier->stats().retries_allowed, 1);
  compressor->Pack(std::string(5000, 'a'), {true, true, 0});
  EXPECT_EQ(compressor->stats().compressed, 0);
  EXPECT_FALSE(host.SetFromOperator({{"connection_pool_size", std::int64_t{0}}}).ok());
  EXPECT_EQ(pool->size(), 7);
}

TEST(RegisterTest, RangesGrowToHoldWhatIsInForce) {
  FramedTransport transport("127.0.0.1:9");
  const auto pool = ConnectionPool<Connection>::Create({.size = 5000}, [&](MonotonicTime deadline) {
                      return transport.Open(deadline);
                    }).value();
  const auto pipeline = RequestPipeline::Create(transport, {.depth = 5000}).value();
  const auto requester =
      BatchRequester::Create([](std::string item, MonotonicTime,
                                const BatchRequester::Done& done) { done(std::move(item)); },
                             {.batch_size = 50000, .concurrency = 20000})
          .value();
  // Below a millisecond, above ten retries.
  const auto retrier =
      Retrier::Create({.retries = 20, .timeout = std::chrono::microseconds(500)}).value();
  host::TunableHost host({.service = "s", .instance = "i"});
  RegisterParameters(host, *pool);
  RegisterParameters(host, *pipeline);
  RegisterParameters(host, *requester);
  RegisterParameters(host, *retrier);
  const absl::Status started = host.Start();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_EQ(host.Current().values.at("connection_pool_size"), host::Value(std::int64_t{5000}));
  EXPECT_EQ(host.Current().values.at("retry_count"), host::Value(std::int64_t{20}));
}

}  // namespace
}  // namespace trimtab::runtime
