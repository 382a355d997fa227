// SPDX-License-Identifier: Apache-2.0
// JSON, text, Markdown, plots and comparisons of results.
#include "client/runtime/benchmark/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/runtime/benchmark/plot.h"
#include "client/runtime/benchmark/result_json.h"
#include "client/runtime/benchmark/runner.h"
#include "daemon/base/random.h"
#include "tests/unit/runtime/benchmark/stepping_clock.h"

namespace trimtab::benchmark {
namespace {

using testing::HasSubstr;

// A run of requests whose latencies are exponential with a mean of `mean_ms`,
// and of which every fiftieth fails.
Result MakeResult(double mean_ms, std::uint64_t seed, std::int64_t count = 20000,
                  std::int64_t fail_every = 50) {
  SteppingClock clock;
  Random random(seed);
  Benchmark benchmark;
  benchmark.name = "lookup";
  benchmark.run = [&](const Call& call) -> absl::StatusOr<std::int64_t> {
    const double ms = -mean_ms * std::log1p(-random.Uniform());
    clock.Pass(std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms)));
    if (call.number % fail_every == fail_every - 1) return absl::UnavailableError("went | away\n");
    return 64;
  };
  Result result = RunBenchmark(benchmark, {.count = count}, clock).value();
  result.labels = {{"target", "127.0.0.1:1"}};
  result.request_bytes = 1000;
  return result;
}

TEST(ResultJsonTest, ComesBackAsItWas) {
  const std::vector<Result> results = {MakeResult(5, 1), MakeResult(7, 2, 10)};
  const auto read = FromJson(ToJson(results));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, results);
}

TEST(ResultJsonTest, NamesWhatReadersLookFor) {
  const auto json = nlohmann::json::parse(ToJson({MakeResult(5, 1)}));
  const auto& result = json["results"][0];
  EXPECT_EQ(result["iterations"], 20000);
  EXPECT_EQ(result["errors"], 400);
  EXPECT_NEAR(result["latency"]["average_ns"].get<double>(), 5e6, 2e5);
  for (const char* name : {"p50_ns", "p90_ns", "p95_ns", "p99_ns", "p999_ns", "min_ns", "max_ns"}) {
    EXPECT_GT(result["latency"][name], 0) << name;
  }
  EXPECT_NEAR(result["throughput_ops_per_second"].get<double>(), 196, 10);
  EXPECT_GT(result["memory_peak_bytes"], 0);
}

TEST(ResultJsonTest, SaysWhatIsWrongWithAFile) {
  const auto good = nlohmann::json::parse(ToJson({MakeResult(5, 1, 100)}));
  const auto error = [](const nlohmann::json& json) {
    return std::string(FromJson(json.dump()).status().message());
  };
  EXPECT_THAT(std::string(FromJson("{").status().message()), HasSubstr("is not JSON"));
  EXPECT_THAT(error(nlohmann::json::array()), HasSubstr("not an object"));
  EXPECT_THAT(error({{"format", "else"}}), HasSubstr("not a result of trimtab-bench"));
  auto bad = good;
  bad["version"] = 2;
  EXPECT_THAT(error(bad), HasSubstr("another version"));
  bad = good;
  bad["results"] = nlohmann::json::array();
  EXPECT_THAT(error(bad), HasSubstr("holds no result"));
  bad = good;
  bad["results"][0].erase("errors");
  EXPECT_EQ(error(bad), "results[0].errors is missing");
  bad = good;
  bad["results"][0]["errors"] = -1;
  EXPECT_EQ(error(bad), "results[0].errors is out of range");
  bad["results"][0]["errors"] = "many";
  EXPECT_EQ(error(bad), "results[0].errors is not a whole number");
  bad["results"][0]["errors"] = ~std::uint64_t{0};
  EXPECT_EQ(error(bad), "results[0].errors is out of range");
  bad = good;
  bad["results"][0]["load"]["kind"] = "open";
  EXPECT_THAT(error(bad), HasSubstr("results[0].load.kind"));
  bad = good;
  bad["results"][0]["load"]["concurrency"] = std::int64_t{1} << 40;
  EXPECT_THAT(error(bad), HasSubstr("concurrency"));
  bad = good;
  bad["results"][0]["latency"]["bucket_counts"][0] = 100000;
  EXPECT_THAT(error(bad), HasSubstr("contradict"));
  bad = good;
  bad["results"][0]["latency"]["bucket_indices"][0] = 1 << 30;
  EXPECT_THAT(error(bad), HasSubstr("contradict"));
  bad = good;
  bad["results"][0]["batches"][0]["p99_ns"] = nullptr;
  EXPECT_EQ(error(bad), "results[0].batches[0].p99_ns is not a number");
  bad = good;
  bad["results"][0]["warnings"] = 5;
  EXPECT_THAT(error(bad), HasSubstr("warnings is of another type"));
}

TEST(ReportTest, TextHoldsEverythingThatWasMeasured) {
  const std::string text = ReportText(MakeResult(5, 1), 80);
  for (const char* word : {"lookup",       "target",
                           "127.0.0.1:1",  "closed loop, 1 at once",
                           "1000 B",       "20000: 19600 ok, 400 errors",
                           "throughput",   "total",
                           "average",      "min",
                           "p50",          "p90",
                           "p95",          "p99",
                           "p999",         "max",
                           "memory",       "failed   400 times: went",
                           "warning: 2 %", "latency over time"}) {
    EXPECT_THAT(text, HasSubstr(word));
  }
}

TEST(ReportTest, MarkdownIsNotBrokenByTextsFromOutside) {
  const std::string text = ReportMarkdown(MakeResult(5, 1));
  EXPECT_THAT(text, HasSubstr("| failed 400 times | went \\| away  |\n"));
  EXPECT_THAT(text, HasSubstr("```\n"));
}

TEST(ReportTest, ASummaryHasARowForEach) {
  const std::vector<Result> results = {MakeResult(5, 1), MakeResult(9, 2)};
  const std::string text = SummaryText(results);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  const std::string markdown = SummaryMarkdown(results);
  EXPECT_EQ(std::count(markdown.begin(), markdown.end(), '\n'), 4);
}

TEST(PlotTest, ADistributionShowsEachShareOnceAndFits) {
  const Result result = MakeResult(5, 1);
  const std::string plot = PlotDistribution(result.latency, 80);
  double sum = 0;
  std::istringstream lines(plot);
  int rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    EXPECT_LE(line.size(), 80u) << line;
    const std::string bar = line.substr(line.rfind('|') + 1);
    sum += std::stod(bar.substr(bar.find_first_not_of("# ")));
  }
  EXPECT_NEAR(sum, 100, 0.2);
  EXPECT_EQ(rows, 16);
  Histogram one;
  one.Record(5'000'000, 10);
  EXPECT_THAT(PlotDistribution(one, 80), HasSubstr("100.00 %"));
  Histogram zero;
  zero.Record(0, 10);
  EXPECT_THAT(PlotDistribution(zero, 80), HasSubstr("100.00 %"));
  EXPECT_EQ(PlotDistribution(Histogram(), 80), "");
}

TEST(PlotTest, OverTimeHasARowForEachBatch) {
  const Result result = MakeResult(5, 1);
  const std::string plot = PlotOverTime(result, 80);
  EXPECT_EQ(static_cast<std::size_t>(std::count(plot.begin(), plot.end(), '\n')),
            result.batches.size() + 1);
  EXPECT_EQ(PlotOverTime(Result(), 80), "");
}

const MetricComparison& Of(const Comparison& comparison, const std::string& name) {
  for (const MetricComparison& metric : comparison.metrics) {
    if (metric.metric == name) return metric;
  }
  throw std::out_of_range(name);
}

TEST(CompareTest, FindsAChangeAndItsSize) {
  const Comparison comparison = Compare(MakeResult(5, 1), MakeResult(6, 2), {});
  const MetricComparison& mean = Of(comparison, "latency_mean_ns");
  EXPECT_EQ(mean.verdict, Verdict::kWorse);
  EXPECT_LT(*mean.low_percent, 20);
  EXPECT_GT(*mean.high_percent, 20);
  EXPECT_GT(*mean.low_percent, 15);
  EXPECT_EQ(Of(comparison, "latency_p99_ns").verdict, Verdict::kWorse);
  EXPECT_EQ(Of(comparison, "throughput_ops_per_second").verdict, Verdict::kWorse);
  EXPECT_LT(*Of(comparison, "throughput_ops_per_second").high_percent, 0);
  const Comparison back = Compare(MakeResult(6, 2), MakeResult(5, 1), {});
  EXPECT_EQ(Of(back, "latency_mean_ns").verdict, Verdict::kBetter);
  EXPECT_EQ(Of(back, "throughput_ops_per_second").verdict, Verdict::kBetter);
}

TEST(CompareTest, WithinTheMarginIsTheSameAndTooShortIsUncertain) {
  const auto verdict = [](std::int64_t count, double margin) {
    return Of(Compare(MakeResult(5, 1, count), MakeResult(5, 2, count), {.margin_percent = margin}),
              "latency_mean_ns")
        .verdict;
  };
  EXPECT_EQ(verdict(20000, 5), Verdict::kSame);
  EXPECT_EQ(verdict(300, 1), Verdict::kUncertain);
}

// What an interval of 95 % promises: that it misses the truth, here no change
// at all, once in twenty times.
TEST(CompareTest, TheIntervalHoldsTheTruthAsOftenAsItSays) {
  constexpr int kPairs = 400;
  std::map<std::string, int> missed;
  for (std::uint64_t i = 0; i < kPairs; ++i) {
    const Comparison comparison = Compare(MakeResult(0.05, 2 * i, 4000),
                                          MakeResult(0.05, 2 * i + 1, 4000), {.margin_percent = 0});
    for (const MetricComparison& metric : comparison.metrics) {
      if (metric.low_percent && (*metric.low_percent > 0 || *metric.high_percent < 0)) {
        ++missed[metric.metric];
      }
    }
  }
  for (const char* name : {"latency_mean_ns", "latency_p50_ns", "latency_p95_ns"}) {
    // 20 are expected; four standard deviations are 17.
    EXPECT_LE(missed[name], 37) << name;
    EXPECT_GE(missed[name], 4) << name;
  }
}

TEST(CompareTest, WhatSaysNothingIsUnknownWithTheReason) {
  const Comparison comparison = Compare(MakeResult(5, 1, 1000), MakeResult(5, 2, 1000), {});
  const MetricComparison& tail = Of(comparison, "latency_p999_ns");
  EXPECT_EQ(tail.verdict, Verdict::kUnknown);
  EXPECT_FALSE(tail.change_percent);
  EXPECT_THAT(tail.note, HasSubstr("1000 are needed"));
  Result empty;
  EXPECT_THAT(Of(Compare(empty, empty, {}), "latency_mean_ns").note, HasSubstr("batches"));
}

TEST(CompareTest, WarnsOfRunsThatAreNotAlike) {
  Result other = MakeResult(5, 2, 20000, 5);
  other.load.concurrency = 8;
  other.request_bytes = 10;
  const Comparison comparison = Compare(MakeResult(5, 1), other, {});
  EXPECT_THAT(comparison.warnings, testing::UnorderedElementsAre(
                                       HasSubstr("loads differ"), HasSubstr("sizes"),
                                       HasSubstr("2 % of the requests failed before and 20 %")));
}

TEST(CompareTest, SaysWhenBatchesDependOnEachOther) {
  Result drifting = MakeResult(5, 1);
  double mean = 5e6;
  for (Batch& batch : drifting.batches) batch.mean_ns = mean *= 1.05;
  const Comparison comparison = Compare(drifting, MakeResult(5, 2), {});
  EXPECT_THAT(Of(comparison, "latency_mean_ns").note, HasSubstr("depend on each other"));
  EXPECT_EQ(Of(comparison, "latency_p50_ns").note, "");
}

TEST(CompareTest, IsWrittenInEachFormat) {
  const Comparison comparison = Compare(MakeResult(5, 1), MakeResult(6, 2), {});
  EXPECT_THAT(ComparisonText(comparison), HasSubstr("latency_p99_ns"));
  EXPECT_THAT(ComparisonMarkdown(comparison), HasSubstr("| latency_p99_ns | "));
  const auto json = nlohmann::json::parse(ComparisonJson({comparison}));
  EXPECT_EQ(json[0]["metrics"][1]["verdict"], "worse");
  EXPECT_EQ(json[0]["confidence"], 0.95);
}

}  // namespace
}  // namespace trimtab::benchmark
