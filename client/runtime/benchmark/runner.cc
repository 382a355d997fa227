// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>

#include "client/runtime/benchmark/phase.h"
#include "client/runtime/benchmark/tally.h"
#include "client/runtime/benchmark/units.h"
#include "daemon/base/error.h"

namespace trimtab::benchmark {
namespace {

constexpr Duration kLongest = std::chrono::hours(24 * 7);
// Above this share of missed requests an open loop was not one.
constexpr double kMissedRatio = 0.001;

std::vector<std::string> Mistakes(const Benchmark& benchmark, const RunOptions& options) {
  std::vector<std::string> mistakes = Mistakes(options.load);
  if (benchmark.name.empty()) mistakes.emplace_back("the benchmark has no name");
  if (!benchmark.run) mistakes.emplace_back("the benchmark has nothing to run");
  if (!options.duration && !options.count) {
    mistakes.emplace_back("a duration or a count must be given");
  }
  if (options.duration && (*options.duration <= Duration::zero() || *options.duration > kLongest)) {
    mistakes.emplace_back("duration must be positive and a week at most");
  }
  if (options.count && *options.count <= 0) mistakes.emplace_back("count must be positive");
  if (options.warm_up < Duration::zero() || options.warm_up > kLongest) {
    mistakes.emplace_back("warm_up must not be negative and a week at most");
  }
  if (options.drain < Duration::zero() || options.drain > kLongest) {
    mistakes.emplace_back("drain must not be negative and a week at most");
  }
  return mistakes;
}

absl::Status Guarded(const char* what, const std::function<absl::Status()>& part) {
  if (!part) return absl::OkStatus();
  try {
    const absl::Status status = part();
    if (status.ok()) return status;
    return Error(status.code(), "{}: {}", what, Message(status));
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "{} threw: {}", what, error.what());
  } catch (...) {
    return Error(absl::StatusCode::kInternal, "{} threw", what);
  }
}

Tally::Options TallyOptions(const RunOptions& options, bool warming_up) {
  Tally::Options tally;
  tally.pid = options.memory_pid;
  tally.on_progress = options.on_progress;
  tally.progress.warming_up = warming_up;
  tally.progress.duration = warming_up ? options.warm_up : options.duration;
  if (!warming_up) tally.progress.count = options.count;
  return tally;
}

absl::Status NothingSucceeded(const Result& result) {
  if (result.iterations() == 0) {
    return absl::FailedPreconditionError("no request was made: the run ended before the first");
  }
  const auto most =
      std::max_element(result.error_texts.begin(), result.error_texts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return Error(absl::StatusCode::kFailedPrecondition, "none of {} requests succeeded{}",
               result.iterations(),
               most == result.error_texts.end() ? std::string()
                                                : fmt::format("; most often: {}", most->first));
}

void Doubt(Result& result) {
  const double iterations = static_cast<double>(result.iterations());
  if (static_cast<double>(result.missed) > kMissedRatio * iterations) {
    result.warnings.push_back(
        fmt::format("{} requests were due but never sent: the target, or {} workers, can't keep up "
                    "with {:g} requests a second",
                    result.missed, result.load.concurrency, result.load.rate));
  }
  if (result.failed() > 0) {
    result.warnings.push_back(
        fmt::format("{:.3g} % of the requests failed", result.FailedPercent()));
  }
}

absl::StatusOr<Result> Measure(const Benchmark& benchmark, const RunOptions& options,
                               Clock& clock) {
  if (options.warm_up > Duration::zero()) {
    const MonotonicTime start = clock.Now();
    Tally discarded(start, TallyOptions(options, true));
    const Phase::Options phase{options.load, options.warm_up, {}, options.drain, options.stop};
    if (auto status = Phase(benchmark, phase, clock, start, discarded).Run(); !status.ok()) {
      return status;
    }
  }
  Result result;
  result.name = benchmark.name;
  result.load = options.load;
  result.warm_up = options.warm_up;
  result.begun = clock.WallNow();
  const MonotonicTime start = clock.Now();
  Tally tally(start, TallyOptions(options, false));
  const Phase::Options phase{options.load, options.duration, options.count, options.drain,
                             options.stop};
  if (auto status = Phase(benchmark, phase, clock, start, tally).Run(); !status.ok()) {
    return status;
  }
  result.interrupted = options.stop.stop_requested();
  // By the count, too, it ends before the duration.
  std::optional<Duration> asked = options.duration;
  if (result.interrupted || options.count) asked.reset();
  std::move(tally).Finish(asked, &result);
  if (result.succeeded == 0) return NothingSucceeded(result);
  Doubt(result);
  return result;
}

}  // namespace

absl::StatusOr<Result> RunBenchmark(const Benchmark& benchmark, const RunOptions& options,
                                    Clock& clock) {
  if (const auto mistakes = Mistakes(benchmark, options); !mistakes.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "{}", fmt::join(mistakes, "; "));
  }
  const absl::Status set_up = Guarded("setup", benchmark.setup);
  absl::StatusOr<Result> result =
      set_up.ok() ? Measure(benchmark, options, clock) : absl::StatusOr<Result>(set_up);
  const absl::Status cleaned = Guarded("cleanup", benchmark.cleanup);
  if (cleaned.ok()) return result;
  if (!result.ok()) {
    return Error(result.status().code(), "{}; {}", Message(result.status()), Message(cleaned));
  }
  result->warnings.push_back(Message(cleaned));
  return result;
}

}  // namespace trimtab::benchmark
