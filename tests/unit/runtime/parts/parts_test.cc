// SPDX-License-Identifier: Apache-2.0
// All parts of the runtime in one host: each registers in one line, and no two
// share the name of a parameter or of a statistic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "client/runtime/batch/register.h"
#include "client/runtime/cache/register.h"
#include "client/runtime/concurrency/pipeline_builder.h"
#include "client/runtime/concurrency/register.h"
#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "client/runtime/network/grpc_server.h"
#include "client/runtime/network/register.h"

namespace trimtab::runtime {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::Not;

absl::StatusOr<std::string> Echo(const std::string& request, MonotonicTime) { return request; }

// One of each.
struct Parts {
  std::unique_ptr<FramedServer> server =
      FramedServer::Start({}, [](std::string request, const Reply& reply) {
        reply(std::move(request));
      }).value();
  std::unique_ptr<GrpcBytesServer> grpc_server =
      GrpcBytesServer::Start({}, [](std::string request, const Reply& reply) {
        reply(std::move(request));
      }).value();
  FramedTransport transport{server->address()};
  std::unique_ptr<ConnectionPool<Connection>> connections =
      ConnectionPool<Connection>::Create({}, [this](MonotonicTime deadline) {
        return transport.Open(deadline);
      }).value();
  std::unique_ptr<RequestPipeline> requests = RequestPipeline::Create(transport).value();
  std::unique_ptr<BatchRequester> batches =
      BatchRequester::Create([](std::string item, MonotonicTime, const BatchRequester::Done& done) {
        done(std::move(item));
      }).value();
  std::unique_ptr<AsyncCaller> caller = AsyncCaller::Create({.threads = 2}, Echo).value();
  std::unique_ptr<Retrier> retrier = Retrier::Create().value();
  std::unique_ptr<Compressor> compressor = Compressor::Create().value();
  std::unique_ptr<Cache<int, int>> cache = Cache<int, int>::Create({}).value();
  std::unique_ptr<ItemBatcher<int>> batcher =
      ItemBatcher<int>::Create({}, [](std::vector<int>& items) {
        return std::vector<absl::Status>(items.size());
      }).value();
  std::unique_ptr<WorkerPool> workers = WorkerPool::Create({.threads = 2}).value();
  std::unique_ptr<ResizableSemaphore> semaphore = ResizableSemaphore::Create({}).value();
  std::unique_ptr<AdaptiveLimit> adaptive = AdaptiveLimit::Create({}).value();
  std::unique_ptr<Pipeline<int, int>> stages =
      PipelineBuilder<int>().Stage("parse", {}, [](int i) { return i; }).Start().value();
};

TEST(PartsTest, EachRegistersInOneLineUnderNamesOfItsOwn) {
  Parts parts;
  host::TunableHost host({.service = "test", .instance = "one"});
  RegisterParameters(host, *parts.connections);
  RegisterParameters(host, *parts.requests);
  RegisterParameters(host, *parts.batches);
  RegisterParameters(host, *parts.caller);
  RegisterParameters(host, *parts.retrier);
  RegisterParameters(host, *parts.compressor);
  RegisterParameters(host, *parts.cache);
  RegisterParameters(host, *parts.batcher);
  RegisterParameters(host, *parts.workers);
  RegisterParameters(host, *parts.semaphore);
  RegisterParameters(host, *parts.adaptive);
  RegisterParameters(host, *parts.stages);
  const absl::Status started = host.Start();
  ASSERT_TRUE(started.ok()) << started;
  std::vector<std::string> names;
  for (const auto& [name, value] : host.Current().values) names.push_back(name);
  EXPECT_THAT(
      names,
      ElementsAre("adaptive_max_limit", "adaptive_tolerance", "async_caller_queue_limit",
                  "async_caller_threads", "batch_linger_ms", "batch_size", "cache_l2_size",
                  "cache_policy", "cache_size", "compression", "compression_level",
                  "compression_threshold_bytes", "concurrency_limit", "connection_pool_size",
                  "parse_capacity", "parse_width", "pipeline_depth", "request_batch_concurrency",
                  "request_batch_size", "request_batch_timeout_ms", "retry_count",
                  "task_queue_limit", "thread_pool_size", "timeout_ms"));
}

TEST(PartsTest, StatisticsHaveNamesOfTheirOwnAsPrometheusWantsThem) {
  Parts parts;
  std::set<std::string> names;
  const std::vector<std::vector<Statistic>> exports = {Export(parts.server->stats()),
                                                       Export(parts.grpc_server->stats()),
                                                       Export(parts.connections->stats()),
                                                       Export(parts.requests->stats()),
                                                       Export(parts.batches->stats()),
                                                       Export(parts.caller->stats()),
                                                       Export(parts.retrier->stats()),
                                                       Export(parts.compressor->stats()),
                                                       Export(parts.cache->stats()),
                                                       Export(parts.batcher->stats()),
                                                       parts.workers->Export(),
                                                       parts.semaphore->Export(),
                                                       parts.adaptive->Export(),
                                                       parts.stages->Export()};
  for (const std::vector<Statistic>& of_part : exports) {
    EXPECT_GE(of_part.size(), 4U);
    for (const Statistic& statistic : of_part) {
      const std::string name(statistic.name);
      EXPECT_TRUE(names.insert(name).second) << name;
      EXPECT_TRUE(std::regex_match(name, std::regex("[a-z][a-z0-9_]*"))) << name;
      if (statistic.kind == Statistic::Kind::kCounter) {
        EXPECT_THAT(name, EndsWith("_total"));
      } else {
        EXPECT_THAT(name, Not(EndsWith("_total")));
      }
      EXPECT_THAT(std::string(statistic.help), EndsWith(".")) << name;
    }
  }
}

}  // namespace
}  // namespace trimtab::runtime
