// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "tests/unit/runtime/benchmark/stepping_clock.h"

namespace trimtab::benchmark {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::int64_t kBytes = 100;

class RunnerTest : public testing::Test {
 protected:
  // A benchmark whose requests take 10 ms.
  Benchmark TenMilliseconds() {
    Benchmark benchmark;
    benchmark.name = "ten";
    benchmark.setup = [this] {
      order += "s";
      return absl::OkStatus();
    };
    benchmark.run = [this](const Call&) -> absl::StatusOr<std::int64_t> {
      ++calls;
      clock.Pass(milliseconds(10));
      return kBytes;
    };
    benchmark.cleanup = [this] {
      order += "c";
      return absl::OkStatus();
    };
    return benchmark;
  }

  SteppingClock clock;
  std::string order;
  std::int64_t calls = 0;
};

TEST_F(RunnerTest, MeasuresACountOfRequests) {
  const auto result = RunBenchmark(TenMilliseconds(), {.count = 200}, clock);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(calls, 200);
  EXPECT_EQ(order, "sc");
  EXPECT_EQ(result->iterations(), 200);
  EXPECT_EQ(result->succeeded, 200);
  EXPECT_EQ(result->length, seconds(2));
  EXPECT_DOUBLE_EQ(result->ThroughputOps(), 100);
  EXPECT_DOUBLE_EQ(result->ThroughputBytes(), 100 * kBytes);
  EXPECT_DOUBLE_EQ(*result->latency.MeanNs(), 1e7);
  EXPECT_EQ(result->latency.MinNs(), 10'000'000u);
  EXPECT_EQ(result->latency.MaxNs(), 10'000'000u);
  EXPECT_NEAR(*result->latency.QuantileNs(0.999), 1e7, 1e5);
  EXPECT_TRUE(result->warnings.empty());
}

TEST_F(RunnerTest, MeasuresForADurationAndThrowsTheWarmUpAway) {
  const auto result = RunBenchmark(TenMilliseconds(),
                                   {.warm_up = milliseconds(500), .duration = seconds(1)}, clock);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(calls, 150);
  EXPECT_EQ(result->iterations(), 100);
  EXPECT_EQ(result->warm_up, milliseconds(500));
}

TEST_F(RunnerTest, TheFirstLimitReachedEndsIt) {
  const auto by_count =
      RunBenchmark(TenMilliseconds(), {.duration = seconds(1), .count = 7}, clock);
  ASSERT_TRUE(by_count.ok());
  EXPECT_EQ(by_count->iterations(), 7);
  EXPECT_EQ(by_count->length, milliseconds(70));
  const auto by_time =
      RunBenchmark(TenMilliseconds(), {.duration = seconds(1), .count = 700}, clock);
  ASSERT_TRUE(by_time.ok());
  EXPECT_EQ(by_time->iterations(), 100);
}

// One request of 1 s among those of 10 ms. The closed loop sees one slow
// request; users who come at their own times would have seen a hundred.
TEST_F(RunnerTest, AnOpenLoopShowsTheWaitBehindAStallAndAClosedOneDoesNot) {
  Benchmark benchmark = TenMilliseconds();
  benchmark.run = [this](const Call& call) -> absl::StatusOr<std::int64_t> {
    clock.Pass(call.number == 50 ? seconds(1) : Duration(milliseconds(10)));
    return kBytes;
  };
  const auto closed = RunBenchmark(benchmark, {.duration = seconds(10)}, clock);
  const auto open = RunBenchmark(
      benchmark, {.load = {.kind = Load::Kind::kConstant, .rate = 50}, .duration = seconds(10)},
      clock);
  ASSERT_TRUE(closed.ok());
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open->iterations(), 500);
  EXPECT_LT(*closed->latency.QuantileNs(0.95), 1.1e7);
  // Sent at 1 s, it holds up those of the next second, and every one that
  // follows gains 10 ms until the queue is gone.
  EXPECT_NEAR(*open->latency.QuantileNs(0.95), 0.76e9, 0.05e9);
  EXPECT_EQ(open->latency.MaxNs(), 1'000'000'000u);
}

TEST_F(RunnerTest, AnOpenLoopSendsAtItsRateAndMeasuresNoWaitWithoutQueue) {
  const auto result = RunBenchmark(
      TenMilliseconds(),
      {.load = {.kind = Load::Kind::kConstant, .rate = 20}, .duration = seconds(10)}, clock);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->iterations(), 200);
  EXPECT_EQ(result->latency.MaxNs(), 10'000'000u);
  EXPECT_EQ(result->missed, 0);
  EXPECT_EQ(result->length, seconds(10));
}

TEST_F(RunnerTest, RequestsThatNobodyGotToAreMissedNotForgotten) {
  Benchmark benchmark = TenMilliseconds();
  std::int64_t told = 0;
  benchmark.missed = [&told](const Call&) { ++told; };
  // Twice what one worker can do.
  const auto result = RunBenchmark(benchmark,
                                   {.load = {.kind = Load::Kind::kConstant, .rate = 200},
                                    .duration = seconds(10),
                                    .drain = seconds(1)},
                                   clock);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->iterations(), 2000);
  EXPECT_NEAR(static_cast<double>(result->succeeded), 1100, 2);
  EXPECT_EQ(result->missed, told);
  EXPECT_EQ(result->missed, 2000 - result->succeeded);
  // They count with what they have waited.
  EXPECT_NEAR(*result->latency.QuantileNs(0.5), 3e9, 0.1e9);
  EXPECT_THAT(result->warnings, testing::Contains(HasSubstr("never sent")));
}

TEST_F(RunnerTest, ErrorsAndTimeoutsAreCountedApart) {
  Benchmark benchmark = TenMilliseconds();
  benchmark.run = [this](const Call& call) -> absl::StatusOr<std::int64_t> {
    clock.Pass(milliseconds(10));
    if (call.number % 10 == 0) return absl::UnavailableError("refused");
    if (call.number % 10 == 1) return absl::DeadlineExceededError("too slow");
    if (call.number % 10 == 2) throw std::runtime_error("broken");
    if (call.number % 10 == 3) throw 3;
    return kBytes;
  };
  const auto result = RunBenchmark(benchmark, {.count = 100}, clock);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->succeeded, 60);
  EXPECT_EQ(result->errors, 30);
  EXPECT_EQ(result->timeouts, 10);
  EXPECT_EQ(result->latency.count(), 70u);
  EXPECT_EQ(result->payload_bytes, 60 * kBytes);
  EXPECT_EQ(result->error_texts.at("refused"), 10);
  EXPECT_EQ(result->error_texts.at("the benchmark threw: broken"), 10);
  EXPECT_EQ(result->error_texts.at("the benchmark threw"), 10);
  EXPECT_THAT(result->warnings, testing::Contains(HasSubstr("40 % of the requests failed")));
}

TEST_F(RunnerTest, ErrorTextsThatDifferEachTimeAreBounded) {
  Benchmark benchmark = TenMilliseconds();
  benchmark.run = [](const Call& call) -> absl::StatusOr<std::int64_t> {
    if (call.number == 99) return 1;
    return absl::InternalError("request " + std::to_string(call.number));
  };
  const auto result = RunBenchmark(benchmark, {.count = 100}, clock);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->error_texts.size(), Result::kMaxErrorTexts);
  EXPECT_EQ(result->error_texts.at("others"), 99 - 9);
}

TEST_F(RunnerTest, WithoutAnySuccessItIsAnErrorAndCleansUp) {
  Benchmark benchmark = TenMilliseconds();
  benchmark.run = [](const Call& call) -> absl::StatusOr<std::int64_t> {
    return absl::UnavailableError(call.number < 4 ? "reset" : "refused");
  };
  const auto result = RunBenchmark(benchmark, {.count = 10}, clock);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("none of 10 requests succeeded; most often: refused"));
  EXPECT_EQ(order, "sc");
}

TEST_F(RunnerTest, CleansUpAfterASetupThatFailedOrThrew) {
  Benchmark benchmark = TenMilliseconds();
  benchmark.setup = [] { return absl::UnavailableError("nobody there"); };
  auto result = RunBenchmark(benchmark, {.count = 10}, clock);
  EXPECT_EQ(result.status(), absl::UnavailableError("setup: nobody there"));
  benchmark.setup = []() -> absl::Status { throw std::runtime_error("bad"); };
  result = RunBenchmark(benchmark, {.count = 10}, clock);
  EXPECT_EQ(result.status(), absl::InternalError("setup threw: bad"));
  EXPECT_EQ(order, "cc");
  EXPECT_EQ(calls, 0);
}

TEST_F(RunnerTest, ACleanupThatFailsIsToldAndCostsNoResult) {
  Benchmark benchmark = TenMilliseconds();
  benchmark.cleanup = []() -> absl::Status { throw std::runtime_error("stuck"); };
  const auto result = RunBenchmark(benchmark, {.count = 10}, clock);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->warnings, testing::ElementsAre("cleanup threw: stuck"));
  benchmark.setup = [] { return absl::UnavailableError("nobody there"); };
  EXPECT_EQ(RunBenchmark(benchmark, {.count = 10}, clock).status(),
            absl::UnavailableError("setup: nobody there; cleanup threw: stuck"));
}

TEST_F(RunnerTest, AllMistakesAreNamedAtOnceAndNothingIsRun) {
  const auto status =
      RunBenchmark(
          {}, {.load = {.kind = Load::Kind::kPoisson, .concurrency = 0}, .warm_up = -seconds(1)},
          clock)
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  for (const char* word : {"no name", "nothing to run", "duration or a count", "concurrency is 0",
                           "rate is 0", "warm_up"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(word));
  }
  for (const RunOptions& bad :
       {RunOptions{.count = 0}, RunOptions{.count = -1}, RunOptions{.duration = seconds(0)},
        RunOptions{.duration = std::chrono::hours(24 * 365)},
        RunOptions{.load = {.rate = 5}, .count = 1},
        RunOptions{.load = {.concurrency = 5000}, .count = 1},
        RunOptions{.load = {.kind = Load::Kind::kConstant, .rate = std::nan("")}, .count = 1},
        RunOptions{.count = 1, .drain = -seconds(1)}}) {
    EXPECT_EQ(RunBenchmark(TenMilliseconds(), bad, clock).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(order, "");
}

TEST_F(RunnerTest, EndedEarlyItReportsWhatItHas) {
  std::stop_source stop;
  Benchmark benchmark = TenMilliseconds();
  benchmark.run = [&](const Call& call) -> absl::StatusOr<std::int64_t> {
    clock.Pass(milliseconds(10));
    if (call.number == 29) stop.request_stop();
    return kBytes;
  };
  const auto result =
      RunBenchmark(benchmark, {.duration = std::chrono::hours(1), .stop = stop.get_token()}, clock);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->interrupted);
  EXPECT_EQ(result->iterations(), 30);
  EXPECT_EQ(result->length, milliseconds(300));
  EXPECT_EQ(order, "sc");
  // Before the first request.
  EXPECT_THAT(std::string(RunBenchmark(benchmark, {.count = 5, .stop = stop.get_token()}, clock)
                              .status()
                              .message()),
              HasSubstr("no request was made"));
}

TEST_F(RunnerTest, ProgressAscendsToTheEnd) {
  std::vector<Progress> told;
  const auto result =
      RunBenchmark(TenMilliseconds(),
                   {.warm_up = milliseconds(200),
                    .count = 100,
                    .on_progress = [&](const Progress& each) { told.push_back(each); }},
                   clock);
  ASSERT_TRUE(result.ok());
  ASSERT_GE(told.size(), 10u);
  EXPECT_TRUE(told.front().warming_up);
  EXPECT_FALSE(told.back().warming_up);
  EXPECT_DOUBLE_EQ(told.back().Share(), 1);
  for (std::size_t i = 1; i < told.size(); ++i) {
    if (told[i].warming_up == told[i - 1].warming_up) {
      EXPECT_GE(told[i].Share(), told[i - 1].Share());
    }
  }
}

TEST_F(RunnerTest, MemoryIsThatOfTheProcess) {
  constexpr std::size_t kBlock = 64 << 20;
  std::string block;
  Benchmark benchmark = TenMilliseconds();
  benchmark.run = [&](const Call& call) -> absl::StatusOr<std::int64_t> {
    clock.Pass(milliseconds(60));
    if (call.number == 5) block.assign(kBlock, 'x');
    return kBytes;
  };
  auto result = RunBenchmark(benchmark, {.count = 10}, clock);
  ASSERT_TRUE(result.ok());
  ASSERT_TRUE(result->memory.before && result->memory.after && result->memory.peak);
  EXPECT_GT(*result->memory.after, *result->memory.before + static_cast<std::int64_t>(kBlock) / 2);
  EXPECT_GE(*result->memory.peak, *result->memory.after);
  // No such process.
  result = RunBenchmark(benchmark, {.count = 1, .memory_pid = 1 << 30}, clock);
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->memory.before || result->memory.after || result->memory.peak);
}

}  // namespace
}  // namespace trimtab::benchmark
