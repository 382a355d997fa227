// SPDX-License-Identifier: Apache-2.0
// How few trials does the default strategy need? Runs it on drawn families of
// problems and on tables of measured systems, in process, and prints the mean
// regret of the incumbent after some trials. Regret: 0 the best, 1 the median
// of all configurations. tests/bench/search/README.md has results.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>

#include "daemon/base/random.h"
#include "daemon/search/surrogate/slice_sampler.h"
#include "tests/bench/search/problem.h"

namespace trimtab::bench {
namespace {

using search::StandardNormal;

constexpr int kChecks[] = {10, 20, 30, 50, 100};
constexpr std::size_t kCheckCount = std::size(kChecks);

struct Options {
  std::string what = "families";
  std::string tables;
  std::string strategy = "bayes";
  std::vector<double> noise = {0, 0.05};
  std::vector<std::string> second = {"storm_wc_wait_a/latency"};
  std::string only;
  double quantile = 0;
  int each = 5;
  int seeds = 10;
  int trials = 50;
  int jobs = 1;
  bool per_problem = false;
};

struct Result {
  double regret[kCheckCount] = {};
  // Of the truly best configuration tried.
  double tried[kCheckCount] = {};
  double infeasible = 0;
  double repeats = 0;
  double milliseconds = 0;
};

// What stands for a strategy without a model: the best mean of what was seen.
std::optional<Configuration> BestSeen(const Problem& problem,
                                      const std::vector<Observation>& history) {
  const Observation* best = nullptr;
  for (const Observation& each : history) {
    if (!problem.limited.empty()) {
      const double value = each.metrics.at(problem.bound.metric);
      if (problem.bound.max && value > *problem.bound.max) continue;
      if (problem.bound.min && value < *problem.bound.min) continue;
    }
    if (best == nullptr || each.score->value > best->score->value) best = &each;
  }
  if (best == nullptr) return std::nullopt;
  return best->config;
}

Result Search(const Problem& problem, const Options& options, double noise, int seed, int stream) {
  StrategyOptions bayes;
  if (!problem.limited.empty()) bayes.bounds.push_back(problem.bound);
  const BayesStrategy model(problem.space, static_cast<std::uint64_t>(seed), bayes);
  std::unique_ptr<Strategy> other;
  if (options.strategy != "bayes") {
    other =
        CreateStrategy(options.strategy, problem.space, static_cast<std::uint64_t>(seed)).value();
  }
  Random random(static_cast<std::uint64_t>(seed) * 1000003 + static_cast<std::uint64_t>(stream));
  std::vector<Observation> history;
  std::set<int> seen;
  std::vector<double> times;
  Result result;
  double tried = 1;
  for (int trial = 1; trial <= options.trials; ++trial) {
    const auto begin = std::chrono::steady_clock::now();
    const std::optional<Suggestion> suggestion =
        other ? other->Suggest(history) : model.Suggest(history);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    times.push_back(time.count());
    if (!suggestion) break;
    const int row = problem.Row(suggestion->config);
    const auto index = static_cast<std::size_t>(row);
    const double value = problem.values[index] * std::exp(noise * StandardNormal(random));
    const double factor = std::exp(noise * StandardNormal(random));
    Observation observation{.config = suggestion->config};
    observation.score = Score{.value = problem.minimize ? -value : value};
    if (!problem.limited.empty()) {
      observation.metrics[problem.bound.metric] = problem.limited[index] * factor;
    }
    history.push_back(std::move(observation));
    tried = std::min(tried, problem.Regret(row));
    result.infeasible += !problem.Feasible(row);
    result.repeats += !seen.insert(row).second;
    for (std::size_t k = 0; k < kCheckCount; ++k) {
      if (trial != kChecks[k]) continue;
      std::optional<Configuration> best;
      if (other) {
        best = BestSeen(problem, history);
      } else if (const auto incumbent = model.Best(history)) {
        best = incumbent->config;
      }
      result.regret[k] = problem.Regret(best ? problem.Row(*best) : -1);
      result.tried[k] = tried;
    }
  }
  result.infeasible /= options.trials;
  result.repeats /= options.trials;
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  result.milliseconds = times[times.size() / 2];
  return result;
}

void Add(Result& sum, const Result& each, double weight) {
  for (std::size_t k = 0; k < kCheckCount; ++k) {
    sum.regret[k] += weight * each.regret[k];
    sum.tried[k] += weight * each.tried[k];
  }
  sum.infeasible += weight * each.infeasible;
  sum.repeats += weight * each.repeats;
  sum.milliseconds += weight * each.milliseconds;
}

void Print(const std::string& name, const Result& result, const Options& options) {
  std::string line = fmt::format("| {:<34} |", name);
  for (std::size_t k = 0; k < kCheckCount; ++k) {
    if (kChecks[k] <= options.trials) line += fmt::format(" {:.3f} |", result.regret[k]);
  }
  line += fmt::format(" {:.3f} | {:.0f} % | {:.0f} % | {:.1f} |", result.tried[2],
                      100 * result.repeats, 100 * result.infeasible, result.milliseconds);
  fmt::print("{}\n", line);
}

int Run(const Options& options) {
  std::vector<Problem> problems = options.what == "tables"
                                      ? Tables(options.tables, options.quantile, options.second)
                                      : Families(options.each, options.quantile);
  std::erase_if(problems, [&](const Problem& each) {
    return each.name.find(options.only) == std::string::npos;
  });
  if (problems.empty()) {
    fmt::print(stderr, "no problems\n");
    return 1;
  }
  const auto seeds = static_cast<std::size_t>(options.seeds);
  const std::size_t levels = options.noise.size();
  std::vector<Result> results(problems.size() * levels * seeds);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < results.size(); i = next++) {
      const std::size_t problem = i % problems.size();
      const std::size_t level = i / problems.size() % levels;
      const int seed = 1 + static_cast<int>(i / problems.size() / levels);
      results[i] = Search(problems[problem], options, options.noise[level], seed,
                          77 * static_cast<int>(problem) + 5);
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < options.jobs; ++i) threads.emplace_back(work);
  work();
  threads.clear();

  std::map<std::string, double> group_sizes;
  for (const Problem& each : problems) ++group_sizes[each.group];
  for (std::size_t level = 0; level < levels; ++level) {
    fmt::print("\nnoise {:g}, {} seeds\n\n| problem |", options.noise[level], seeds);
    std::string rule = "\n| --- |";
    for (const int check : kChecks) {
      if (check > options.trials) continue;
      fmt::print(" r@{} |", check);
      rule += " --- |";
    }
    fmt::print(" tried @30 | repeats | infeasible | ms |{} --- | --- | --- | --- |\n", rule);
    Result all;
    std::map<std::string, Result> groups;
    std::vector<double> by_seed(seeds, 0);
    for (std::size_t p = 0; p < problems.size(); ++p) {
      Result mean;
      const std::string& group = problems[p].group;
      const double weight = 1 / group_sizes[group] / static_cast<double>(group_sizes.size());
      for (std::size_t seed = 0; seed < seeds; ++seed) {
        const Result& each = results[(seed * levels + level) * problems.size() + p];
        Add(mean, each, 1.0 / options.seeds);
        by_seed[seed] += weight * (each.regret[1] + each.regret[2] + each.regret[3]) / 3;
      }
      if (options.per_problem) Print(problems[p].name, mean, options);
      Add(groups[group], mean, 1 / group_sizes[group]);
      Add(all, mean, weight);
    }
    for (const auto& [name, mean] : groups) Print(name, mean, options);
    Print("mean", all, options);
    double mean = 0;
    for (const double each : by_seed) mean += each / options.seeds;
    double squares = 0;
    for (const double each : by_seed) squares += (each - mean) * (each - mean);
    fmt::print("mean of r@20, r@30 and r@50: {:.4f} +- {:.4f} (standard error over seeds)\n", mean,
               std::sqrt(squares / std::max(1, options.seeds - 1) / options.seeds));
  }
  return 0;
}

}  // namespace
}  // namespace trimtab::bench

int main(int argc, char** argv) {
  trimtab::bench::Options options;
  CLI::App app{"Mean regret of a search strategy on families of problems or on tables"};
  app.add_option("what", options.what)->check(CLI::IsMember({"families", "tables"}));
  app.add_option("--tables", options.tables, "directory of CSV tables");
  app.add_option("--strategy", options.strategy, "bayes, grid, hill_climb, random or sobol");
  app.add_option("--noise", options.noise, "relative noise of a measurement");
  app.add_option("--constraint-quantile", options.quantile,
                 "limit the second quantity to its best such share");
  app.add_option("--each", options.each, "problems a family");
  app.add_option("--seeds", options.seeds);
  app.add_option("--trials", options.trials);
  app.add_option("--jobs", options.jobs);
  app.add_option("--only", options.only, "problems whose name holds this");
  app.add_option("--second", options.second, "second objectives that count, TABLE/OBJECTIVE");
  app.add_flag("--per-problem", options.per_problem);
  CLI11_PARSE(app, argc, argv);
  return trimtab::bench::Run(options);
}
