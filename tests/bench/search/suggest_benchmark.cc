// SPDX-License-Identifier: Apache-2.0
// The time of one suggestion (ask and tell) at several lengths of the history.
#include <benchmark/benchmark.h>

#include <cmath>

#include "daemon/base/random.h"
#include "daemon/search/bayes.h"

namespace trimtab {
namespace {

// 3,840 points in six dimensions.
SearchSpace Space() {
  std::vector<Dimension> dimensions;
  const int levels[] = {8, 6, 5, 4, 2, 2};
  for (int k = 0; k < 6; ++k) {
    Dimension dimension{.name = std::string(1, static_cast<char>('a' + k))};
    for (std::int64_t i = 0; i < levels[k]; ++i) dimension.values.emplace_back(i);
    dimensions.push_back(std::move(dimension));
  }
  return SearchSpace::Create(std::move(dimensions)).value();
}

std::vector<Observation> History(const SearchSpace& space, int trials) {
  Random random(1);
  std::vector<Observation> history;
  for (int i = 0; i < trials; ++i) {
    const Configuration config = space.Point(random.Next() % *space.PointCount());
    double value = 0;
    for (const auto& [name, level] : config) value += std::sin(*ToNumber(level) + name[0]);
    value = std::exp(0.3 * value + 0.05 * random.Uniform());
    history.push_back({.config = config, .score = Score{value, std::nullopt}});
  }
  return history;
}

void BM_Suggest(benchmark::State& state, StrategyOptions options) {
  const SearchSpace space = Space();
  const BayesStrategy strategy(space, 1, options);
  std::vector<Observation> history = History(space, static_cast<int>(state.range(0)));
  for (Observation& each : history) each.metrics["limited"] = 1 / each.score->value;
  for (auto _ : state) benchmark::DoNotOptimize(strategy.Suggest(history));
}
BENCHMARK_CAPTURE(BM_Suggest, free, StrategyOptions{})
    ->Arg(10)
    ->Arg(50)
    ->Arg(100)
    ->Arg(300)
    ->Arg(1000)
    ->Arg(5000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Suggest, bounded, StrategyOptions{.bounds = {{.metric = "limited", .max = 1}}})
    ->Arg(50)
    ->Arg(300)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace trimtab

BENCHMARK_MAIN();
