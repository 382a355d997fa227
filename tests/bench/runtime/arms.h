// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <vector>

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

// Runs the arms in turn, `rounds` times over, so that what changes on the
// machine meanwhile falls on all of them; once before unmeasured.
inline void RunInterleaved(std::vector<Arm>& arms, int rounds) {
  for (Arm& arm : arms) arm.run();
  for (int round = 0; round < rounds; ++round) {
    for (Arm& arm : arms) arm.results.push_back(arm.run());
  }
}

// Does `work(0)` to `work(count - 1)` each on a thread of its own.
inline void OnThreads(int count, const std::function<void(int)>& work) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
}

}  // namespace trimtab::bench
