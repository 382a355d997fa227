// SPDX-License-Identifier: Apache-2.0
#include "client/bench/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "client/bench/files.h"
#include "client/bench/terminal.h"
#include "client/runtime/benchmark/report.h"
#include "client/runtime/benchmark/result_json.h"
#include "client/runtime/benchmark/runner.h"
#include "daemon/base/error.h"

namespace trimtab::bench {
namespace {

using benchmark::Result;

constexpr std::size_t kMaxResultBytes = 64 << 20;
constexpr std::size_t kPlainColumns = 80;
// A run without a duration or a count.
constexpr double kDefaultDurationS = 10;

int Fail(const absl::Status& status, int code) {
  std::fprintf(stderr, "trimtab-bench: %s\n", Message(status).c_str());
  return code;
}

void Print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

Duration Seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

void PrintResults(const std::vector<Result>& results, Format format) {
  if (format == Format::kJson) return Print(ToJson(results));
  const bool text = format == Format::kText;
  const std::size_t columns = Columns(STDOUT_FILENO, kPlainColumns);
  for (const Result& result : results) {
    Print((text ? ReportText(result, columns) : ReportMarkdown(result)) + "\n");
  }
  if (results.size() > 1) Print(text ? SummaryText(results) : SummaryMarkdown(results));
}

absl::StatusOr<std::vector<Result>> ReadResults(const std::string& path) {
  const auto text = ReadFile(path, kMaxResultBytes);
  if (!text.ok()) return text.status();
  auto results = benchmark::FromJson(*text);
  if (results.ok()) return results;
  return Error(results.status().code(), "{}: {}", path, Message(results.status()));
}

// One run against the target, with requests of a size, or as they are.
struct Run {
  const RunCommand& command;
  Target& target;
  std::optional<std::int64_t> bytes;
  std::stop_token stop;
  ProgressLine& line;
  // Of connecting, apart from that of the benchmark.
  absl::Status opened = absl::OkStatus();

  absl::StatusOr<Result> operator()() {
    std::string payload;
    benchmark::Benchmark plan;
    plan.name = command.name;
    if (bytes) plan.name += fmt::format(", {} B", *bytes);
    plan.setup = [&] {
      opened = target.Open(command.load.concurrency);
      if (!opened.ok() || !bytes) return opened;
      absl::StatusOr<std::string> made = target.PayloadOf(*bytes);
      if (made.ok()) payload = *std::move(made);
      return opened = made.status();
    };
    plan.run = [&](const benchmark::Call& call) { return target.Send(call.worker, payload); };
    benchmark::RunOptions options;
    options.load = command.load;
    options.warm_up = Seconds(command.warm_up_s);
    if (command.duration_s) options.duration = Seconds(*command.duration_s);
    options.count = command.count;
    if (!options.duration && !options.count) options.duration = Seconds(kDefaultDurationS);
    options.stop = stop;
    options.memory_pid = command.memory_pid;
    options.on_progress = [this](const benchmark::Progress& each) { line.Show(each); };
    absl::StatusOr<Result> result = RunBenchmark(plan, options, SystemClock());
    line.Clear();
    if (!result.ok()) return result;
    result->labels = target.Labels();
    if (command.memory_pid != 0) {
      result->labels["memory of process"] = std::to_string(command.memory_pid);
    }
    result->request_bytes = bytes;
    return result;
  }
};

int CodeOf(const absl::Status& opened, const absl::Status& status) {
  if (absl::IsInvalidArgument(status)) return kExitUsage;
  if (absl::IsUnavailable(opened) || absl::IsDeadlineExceeded(opened)) return kExitUnreachable;
  return kExitFailed;
}

}  // namespace

int RunBenchmarks(const RunCommand& command, Target& target) {
  const Interrupts interrupts;
  ProgressLine line(command.progress);
  std::vector<std::optional<std::int64_t>> sizes(command.request_bytes.begin(),
                                                 command.request_bytes.end());
  if (sizes.empty()) sizes.emplace_back();
  std::vector<Result> results;
  int code = kExitOk;
  for (const std::optional<std::int64_t>& bytes : sizes) {
    Run run{command, target, bytes, interrupts.token(), line};
    absl::StatusOr<Result> result = run();
    if (!result.ok()) {
      code = interrupts.token().stop_requested() ? kExitInterrupted
                                                 : CodeOf(run.opened, result.status());
      Fail(result.status(), code);
      break;
    }
    results.push_back(*std::move(result));
    if (interrupts.token().stop_requested()) {
      code = kExitInterrupted;
      break;
    }
  }
  // What was measured before a failure is not thrown away.
  if (results.empty()) return code;
  PrintResults(results, command.format);
  if (command.save.empty()) return code;
  const absl::Status saved = WriteFile(command.save, ToJson(results));
  return saved.ok() ? code : Fail(saved, kExitUsage);
}

int CompareFiles(const CompareCommand& command) {
  const auto before = ReadResults(command.before);
  if (!before.ok()) return Fail(before.status(), kExitUsage);
  const auto after = ReadResults(command.after);
  if (!after.ok()) return Fail(after.status(), kExitUsage);
  if (before->size() != after->size()) {
    return Fail(Error(absl::StatusCode::kInvalidArgument, "{} holds {} results and {} {}",
                      command.before, before->size(), command.after, after->size()),
                kExitUsage);
  }
  bool worse = false;
  std::vector<benchmark::Comparison> comparisons;
  for (std::size_t i = 0; i < before->size(); ++i) {
    comparisons.push_back(benchmark::Compare((*before)[i], (*after)[i],
                                             {.confidence = command.confidence_percent / 100,
                                              .margin_percent = command.margin_percent}));
    for (const benchmark::MetricComparison& metric : comparisons.back().metrics) {
      worse = worse || metric.verdict == benchmark::Verdict::kWorse;
    }
  }
  if (command.format == Format::kJson) {
    Print(ComparisonJson(comparisons));
  } else {
    for (const benchmark::Comparison& each : comparisons) {
      Print(command.format == Format::kText ? ComparisonText(each) : ComparisonMarkdown(each));
    }
  }
  return worse && command.fail_if_worse ? kExitWorse : kExitOk;
}

int ShowFile(const std::string& path, Format format) {
  const auto results = ReadResults(path);
  if (!results.ok()) return Fail(results.status(), kExitUsage);
  PrintResults(*results, format);
  return kExitOk;
}

}  // namespace trimtab::bench
