// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace trimtab::bench {

// Keeps the medians that google-benchmark finds, by name, in ns; prints nothing.
class MedianKeeper final : public benchmark::BenchmarkReporter {
 public:
  struct Times {
    double wall_ns = 0;
    double cpu_ns = 0;
  };

  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Aggregate || run.aggregate_name != "median") continue;
      medians_[run.run_name.function_name] = {run.GetAdjustedRealTime(), run.GetAdjustedCPUTime()};
    }
  }
  Times Of(const std::string& name) const { return medians_.at(name); }

 private:
  std::map<std::string, Times> medians_;
};

// Runs the functions under google-benchmark, each `repetitions` times, in another
// order every time (its random interleaving), so that whatever happens on the
// machine happens to all; `prepare` may set how often a function is called in a
// repetition. The names must be different.
inline MedianKeeper RunInterleaved(
    const std::vector<std::pair<std::string, std::function<void(benchmark::State&)>>>& functions,
    int repetitions, const std::function<void(benchmark::internal::Benchmark&)>& prepare = {}) {
  static const bool initialized = [] {
    std::string program = "bench";
    std::string interleave = "--benchmark_enable_random_interleaving=true";
    char* arguments[] = {program.data(), interleave.data()};
    int count = 2;
    benchmark::Initialize(&count, arguments);
    return true;
  }();
  static_cast<void>(initialized);
  benchmark::ClearRegisteredBenchmarks();
  for (const auto& [name, function] : functions) {
    auto* const registered = benchmark::RegisterBenchmark(name.c_str(), function);
    registered->Repetitions(repetitions)->Unit(benchmark::kNanosecond);
    if (prepare) prepare(*registered);
  }
  MedianKeeper medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  return medians;
}

}  // namespace trimtab::bench
