// SPDX-License-Identifier: Apache-2.0
// Loads of several threads, and requests of a size.
#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "client/runtime/benchmark/latency.h"
#include "client/runtime/benchmark/runner.h"
#include "tests/unit/runtime/benchmark/stepping_clock.h"

namespace trimtab::benchmark {
namespace {

using std::chrono::milliseconds;

TEST(RunnerThreadsTest, EveryRequestIsMadeOnceByWorkersThatAreEachOneThread) {
  constexpr std::int64_t kCount = 20000;
  constexpr int kWorkers = 8;
  for (const Load& load :
       {Load{.concurrency = kWorkers},
        Load{.kind = Load::Kind::kPoisson, .concurrency = kWorkers, .rate = 1e6}}) {
    std::vector<std::atomic<int>> made(kCount);
    std::array<std::atomic<bool>, kWorkers> busy{};
    std::atomic<int> wrong = 0;
    const auto result =
        RunBenchmark({.name = "threads",
                      .run = [&](const Call& call) -> absl::StatusOr<std::int64_t> {
                        if (busy[static_cast<std::size_t>(call.worker)].exchange(true)) {
                          ++wrong;
                        }
                        ++made[static_cast<std::size_t>(call.number)];
                        busy[static_cast<std::size_t>(call.worker)] = false;
                        if (call.number % 100 == 0) return absl::InternalError("one");
                        return 1;
                      }},
                     {.load = load, .count = kCount}, SystemClock());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(wrong, 0);
    for (const auto& each : made) ASSERT_EQ(each, 1);
    EXPECT_EQ(result->succeeded, kCount - kCount / 100);
    EXPECT_EQ(result->errors, kCount / 100);
    EXPECT_EQ(result->error_texts.at("one"), kCount / 100);
    EXPECT_EQ(result->latency.count(), static_cast<std::uint64_t>(result->succeeded));
    std::int64_t in_batches = 0;
    for (const Batch& batch : result->batches) in_batches += batch.succeeded;
    EXPECT_EQ(in_batches, result->succeeded);
  }
}

TEST(RunnerThreadsTest, WaitingWorkersEndAtOnceWhenStopped) {
  std::stop_source stop;
  const auto result =
      RunBenchmark({.name = "waiting",
                    .run = [&](const Call&) -> absl::StatusOr<std::int64_t> {
                      stop.request_stop();
                      return 1;
                    }},
                   // The second request is due in an hour.
                   {.load = {.kind = Load::Kind::kConstant, .concurrency = 4, .rate = 1 / 3600.0},
                    .duration = std::chrono::hours(10),
                    .stop = stop.get_token()},
                   SystemClock());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->iterations(), 1);
  EXPECT_TRUE(result->interrupted);
}

TEST(LatencyBenchmarkTest, EveryRequestCarriesThePayload) {
  SteppingClock clock;
  std::vector<std::string> sent;
  LatencyBenchmark benchmark;
  benchmark.name = "sized";
  benchmark.request_bytes = 1000;
  benchmark.send = [&](const Call&, std::string_view payload) -> absl::StatusOr<std::int64_t> {
    sent.emplace_back(payload);
    clock.Pass(milliseconds(1));
    return static_cast<std::int64_t>(payload.size());
  };
  auto result = RunLatency(benchmark, {.count = 3}, clock);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->request_bytes, 1000);
  EXPECT_EQ(result->payload_bytes, 3000);
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0], RandomPayload(1000, 1));
  EXPECT_EQ(sent[2], sent[0]);
  EXPECT_NE(RandomPayload(1000, 2), sent[0]);
  benchmark.request_bytes = 0;
  result = RunLatency(benchmark, {.count = 1}, clock);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(sent.back(), "");
  for (const std::int64_t bad : {std::int64_t{-1}, LatencyBenchmark::kMaxRequestBytes + 1}) {
    benchmark.request_bytes = bad;
    EXPECT_EQ(RunLatency(benchmark, {.count = 1}, clock).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace trimtab::benchmark
