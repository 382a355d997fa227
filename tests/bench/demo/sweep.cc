// SPDX-License-Identifier: Apache-2.0
// Sweeps the demo host's parameters under its load: how each of them moves
// latency and throughput, and what the best of the default grid is. Prints CSV,
// a row a configuration, each number the median of the passes.
#include <absl/status/statusor.h>
#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/base/random.h"
#include "daemon/model/search_space.h"
#include "daemon/scoring/objective.h"
#include "tests/bench/demo/demo_measure.h"
#include "tests/bench/demo/demo_processes.h"

namespace trimtab::bench {
namespace {

// Set by a signal: the sweep ends after the measurement under way, and the demo
// with it.
volatile std::sig_atomic_t ending = 0;

struct Options {
  std::string binaries;
  std::string plan = "lines";
  // Of the configurations to measure instead of a plan; may be empty.
  std::string points;
  int passes = 3;
  int windows = 6;
  int settle_ms = 1000;
  std::uint64_t seed = 1;
};

struct Point {
  // What the row is for: the parameter that is varied, or "grid".
  std::string series;
  Configuration config;
  std::vector<Measurement> passes;
};

// The host's own configuration, and a good one.
const Configuration kDefault{
    {"thread_pool_size", std::int64_t{8}}, {"connection_pool_size", std::int64_t{50}},
    {"cache_size", std::int64_t{1000}},    {"batch_size", std::int64_t{100}},
    {"timeout_ms", std::int64_t{100}},     {"retry_count", std::int64_t{3}}};
const Configuration kGood = kDefault.With({{"thread_pool_size", std::int64_t{16}},
                                           {"connection_pool_size", std::int64_t{100}},
                                           {"cache_size", std::int64_t{10000}},
                                           {"batch_size", std::int64_t{200}},
                                           {"timeout_ms", std::int64_t{25}}});

const std::vector<std::pair<std::string, std::vector<std::int64_t>>> kLines{
    {"thread_pool_size", {4, 8, 16, 32, 64}},
    {"connection_pool_size", {20, 50, 100, 200, 500}},
    {"cache_size", {100, 1000, 5000, 10000, 50000}},
    {"batch_size", {50, 100, 200, 500, 2000}},
    {"timeout_ms", {10, 25, 50, 100, 400}},
    {"retry_count", {0, 1, 2, 3, 5}},
};

// Each parameter by itself, from the default and from a good configuration.
std::vector<Point> Lines() {
  std::vector<Point> points;
  for (const auto& [from, center] : {std::pair{"default", kDefault}, std::pair{"good", kGood}}) {
    for (const auto& [name, values] : kLines) {
      for (const std::int64_t value : values) {
        points.push_back({fmt::format("{}:{}", from, name), center.With({{name, value}}), {}});
      }
    }
  }
  return points;
}

// The 256 combinations of the default space.
std::vector<Point> Grid() {
  const SearchSpace space = DefaultSearchSpace();
  std::vector<Point> points;
  for (std::uint64_t i = 0; i < *space.PointCount(); ++i) {
    points.push_back({"grid", kDefault.With(space.Point(i)), {}});
  }
  return points;
}

std::vector<Point> PlanOf(const std::string& plan) { return plan == "grid" ? Grid() : Lines(); }

// The rows of a CSV file whose head names the parameters; what it doesn't name
// stays at the default.
absl::StatusOr<std::vector<Point>> PointsOf(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return absl::NotFoundError(path + " can't be read, or is empty");
  const std::vector<std::string> names = absl::StrSplit(absl::StripAsciiWhitespace(line), ',');
  std::vector<Point> points;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(absl::StripAsciiWhitespace(line), ',');
    Configuration config = kDefault;
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::int64_t value = 0;
      if (cells.size() != names.size() || !absl::SimpleAtoi(cells[i], &value) ||
          kDefault.Find(names[i]) == nullptr) {
        return absl::InvalidArgumentError(
            fmt::format("{}:{}: '{}'; allowed: an integer for each of {}", path, points.size() + 2,
                        line, absl::StrJoin(names, ", ")));
      }
      config = config.With({{names[i], value}});
    }
    points.push_back({"points", config, {}});
  }
  return points;
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double MedianOf(const Point& point, Metric metric) {
  std::vector<double> values;
  for (const Measurement& each : point.passes) values.push_back(each.metrics[metric].value_or(0));
  return Median(std::move(values));
}

void Print(const Point& point) {
  std::vector<double> scores;
  std::vector<double> failures;
  for (const Measurement& each : point.passes) {
    scores.push_back(ComputeScore({}, each.metrics, std::nullopt).value_or(0));
    failures.push_back(100 * FailureRatio(each.metrics).value_or(1));
  }
  const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
  std::string row = point.series;
  for (const auto& [name, values] : kLines) row += "," + ToString(*point.config.Find(name));
  row +=
      fmt::format(",{:.1f},{:.1f},{:.1f},{:.1f},{:.2f}", MedianOf(point, Metric::kLatencyP50Ms),
                  MedianOf(point, Metric::kLatencyP99Ms), MedianOf(point, Metric::kLatencyP999Ms),
                  MedianOf(point, Metric::kThroughputOpsPerSecond), Median(failures));
  row += fmt::format(",{:.3f},{:.3f},{:.3f}", Median(scores), *low, *high);
  std::puts(row.c_str());
}

int Run(const Options& options) {
  absl::StatusOr<std::vector<Point>> planned =
      options.points.empty() ? PlanOf(options.plan) : PointsOf(options.points);
  if (!planned.ok()) {
    std::fprintf(stderr, "%s\n", planned.status().ToString().c_str());
    return 2;
  }
  std::vector<Point>& points = *planned;
  const auto demo = DemoProcesses::Start(options.binaries);
  if (!demo.ok()) {
    std::fprintf(stderr, "%s\n", demo.status().ToString().c_str());
    return 1;
  }
  DemoMeasure measure((*demo)->tuner_address());
  Random random(options.seed);
  for (int pass = 0; pass < options.passes; ++pass) {
    // Another order each time: a drift of the machine falls on no series alone.
    std::vector<std::size_t> order(points.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[random.Next() % i]);
    for (std::size_t done = 0; done < order.size(); ++done) {
      if (ending != 0) return 1;
      Point& point = points[order[done]];
      auto measured = measure.Measure(point.config, std::chrono::milliseconds(options.settle_ms),
                                      options.windows);
      if (!measured.ok()) {
        std::fprintf(stderr, "\n%s: %s\n", point.config.ToString().c_str(),
                     measured.status().ToString().c_str());
        return 1;
      }
      point.passes.push_back(*std::move(measured));
      std::fprintf(stderr, "\rpass %d of %d, %zu of %zu ", pass + 1, options.passes, done + 1,
                   order.size());
    }
  }
  std::fputs("\n", stderr);
  std::string head = "series";
  for (const auto& [name, values] : kLines) head += "," + name;
  std::puts(
      (head + ",p50_ms,p99_ms,p999_ms,throughput_ops,failed_percent,score,score_min,score_max")
          .c_str());
  for (const Point& point : points) Print(point);
  return 0;
}

}  // namespace
}  // namespace trimtab::bench

int main(int argc, char** argv) {
  trimtab::bench::Options options;
  CLI::App app("Sweeps the demo host's parameters; CSV on standard output.");
  options.binaries = std::filesystem::path(argv[0]).parent_path() / "../bin";
  app.add_option("--binaries", options.binaries, "directory of the demo's programs")
      ->capture_default_str();
  app.add_option("--plan", options.plan, "lines: one parameter at a time; grid: the default space")
      ->check(CLI::IsMember({"lines", "grid"}));
  app.add_option("--points", options.points,
                 "CSV file of the configurations to measure instead; its head names the parameters")
      ->check(CLI::ExistingFile);
  app.add_option("--passes", options.passes, "times that everything is measured")
      ->check(CLI::Range(1, 100));
  app.add_option("--windows", options.windows, "windows a measurement")->check(CLI::Range(1, 1000));
  app.add_option("--settle-ms", options.settle_ms, "thrown away after a change")
      ->check(CLI::Range(0, 600000));
  app.add_option("--seed", options.seed, "of the order");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { trimtab::bench::ending = 1; });
  }
  return trimtab::bench::Run(options);
}
