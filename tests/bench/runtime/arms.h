// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/bench/runtime/interleaved.h"

namespace trimtab::bench {

// One of the things compared: a run of it gives the number measured.
struct Arm {
  std::string name;
  std::function<double()> run;
  std::vector<double> results = {};

  double Median() const {
    std::vector<double> sorted = results;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

// Runs the arms under google-benchmark, `rounds` times each in another order every
// time; once before unmeasured.
inline void RunInterleaved(std::vector<Arm>& arms, int rounds) {
  std::vector<std::pair<std::string, std::function<void(benchmark::State&)>>> functions;
  for (Arm& arm : arms) {
    arm.run();
    functions.emplace_back(arm.name, [&arm](benchmark::State& state) {
      for ([[maybe_unused]] auto once : state) arm.results.push_back(arm.run());
    });
  }
  RunInterleaved(functions, rounds, [](auto& each) { each.Iterations(1); });
}

// Does `work(0)` to `work(count - 1)` each on a thread of its own.
inline void OnThreads(int count, const std::function<void(int)>& work) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
}

}  // namespace trimtab::bench
