// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/register.h"

#include <gtest/gtest.h>

#include <memory>

#include "client/runtime/concurrency/pipeline_builder.h"

namespace trimtab::runtime {
namespace {

TEST(RegisterTest, ALineAPartMakesThemParametersThatAreChangedLive) {
  const auto pool = WorkerPool::Create({.threads = 3, .queue_limit = 100'000}).value();
  const auto semaphore = ResizableSemaphore::Create({.limit = 12}).value();
  const auto adaptive = AdaptiveLimit::Create({}).value();
  const auto pipeline =
      PipelineBuilder<int>().Stage("parse", {.width = 2}, [](int i) { return i; }).Start().value();
  host::TunableHost host({.service = "s", .instance = "i"});
  RegisterParameters(host, *pool);
  RegisterParameters(host, *semaphore);
  RegisterParameters(host, *adaptive);
  RegisterParameters(host, *pipeline);
  ASSERT_TRUE(host.Start().ok());
  EXPECT_EQ(host.Current().values, (host::Values{{"adaptive_max_limit", std::int64_t{1000}},
                                                 {"adaptive_tolerance", 1.5},
                                                 {"concurrency_limit", std::int64_t{12}},
                                                 {"parse_capacity", std::int64_t{16}},
                                                 {"parse_width", std::int64_t{2}},
                                                 {"task_queue_limit", std::int64_t{100'000}},
                                                 {"thread_pool_size", std::int64_t{3}}}));
  ASSERT_TRUE(host.SetFromOperator({{"adaptive_max_limit", std::int64_t{15}},
                                    {"adaptive_tolerance", 2.5},
                                    {"concurrency_limit", std::int64_t{40}},
                                    {"parse_capacity", std::int64_t{7}},
                                    {"parse_width", std::int64_t{5}},
                                    {"task_queue_limit", std::int64_t{50}},
                                    {"thread_pool_size", std::int64_t{9}}})
                  .ok());
  EXPECT_EQ(adaptive->options().max_limit, 15);
  EXPECT_EQ(adaptive->options().tolerance, 2.5);
  EXPECT_EQ(semaphore->limit(), 40);
  EXPECT_EQ(pipeline->stats().stages[0].width, 5);
  EXPECT_EQ(pipeline->stats().stages[0].capacity, 7);
  EXPECT_EQ(pool->queue_limit(), 50);
  EXPECT_EQ(pool->threads(), 9);
  EXPECT_EQ(host.SetFromOperator({{"thread_pool_size", std::int64_t{65}}}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pool->threads(), 9);
}

}  // namespace
}  // namespace trimtab::runtime
