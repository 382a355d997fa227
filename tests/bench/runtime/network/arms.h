// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/runtime/interleaved.h"

namespace trimtab::bench {

// One way of doing the same thing.
struct Arm {
  std::string name;
  std::function<void()> once;
  // What is printed behind its time.
  std::string remark = {};
};

// What is timed: all that passes, or what the calling thread computed, which for
// work that waits for nothing leaves out what others on the machine do; or all
// that passes, and beside it what all threads of the process computed.
enum class Time { kWall, kThread, kWallAndProcess };

// Times the arms under google-benchmark, `rounds` times each for `count`
// operations, in another order every time; returns and prints the median time of
// an operation in us, and how many times as long as the last arm.
inline std::vector<double> Compare(const std::string& title, const std::vector<Arm>& arms,
                                   int rounds, int count, Time time = Time::kWall) {
  std::vector<std::pair<std::string, std::function<void(benchmark::State&)>>> functions;
  for (const Arm& arm : arms) {
    // Warms up.
    arm.once();
    functions.emplace_back(arm.name, [&arm](benchmark::State& state) {
      for ([[maybe_unused]] auto once : state) arm.once();
    });
  }
  const MedianKeeper keeper = RunInterleaved(functions, rounds, [count, time](auto& each) {
    each.Iterations(count);
    if (time == Time::kWallAndProcess) each.MeasureProcessCPUTime();
  });
  std::vector<double> medians;
  for (const Arm& arm : arms) {
    const MedianKeeper::Times times = keeper.Of(arm.name);
    medians.push_back((time == Time::kThread ? times.cpu_ns : times.wall_ns) / 1000);
  }
  std::printf("%s\n", title.c_str());
  for (std::size_t i = 0; i < arms.size(); ++i) {
    std::printf("| %-34s | %10.2f us | %6.2fx |", arms[i].name.c_str(), medians[i],
                medians[i] / medians.back());
    if (time == Time::kWallAndProcess) {
      std::printf(" %10.2f us of CPU time |", keeper.Of(arms[i].name).cpu_ns / 1000);
    }
    std::printf(" %s\n", arms[i].remark.c_str());
  }
  std::fflush(stdout);
  return medians;
}

}  // namespace trimtab::bench
