// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace trimtab::bench {

// One way of doing the same thing.
struct Arm {
  std::string name;
  std::function<void()> once;
  // What is printed behind its time.
  std::string remark = {};
};

// What is timed: all that passes, or what this thread computed. For work that
// waits for nothing the latter leaves out what others on the machine do.
enum class Time { kWall, kThread };

inline double NowUs(Time time) {
  timespec now{};
  clock_gettime(time == Time::kWall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// Times the arms in turn, `rounds` times, each for `count` operations, so that
// whatever happens on the machine happens to all; returns and prints the median
// time of an operation in us, and how many times as long as the last arm.
inline std::vector<double> Compare(const std::string& title, const std::vector<Arm>& arms,
                                   int rounds, int count, Time time = Time::kWall) {
  std::vector<std::vector<double>> times(arms.size());
  for (int round = 0; round <= rounds; ++round) {
    for (std::size_t i = 0; i < arms.size(); ++i) {
      const double start = NowUs(time);
      for (int n = 0; n < count; ++n) arms[i].once();
      // The first round warms up.
      if (round > 0) times[i].push_back((NowUs(time) - start) / count);
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& each : times) {
    std::nth_element(each.begin(), each.begin() + rounds / 2, each.end());
    medians.push_back(each[static_cast<std::size_t>(rounds) / 2]);
  }
  std::printf("%s\n", title.c_str());
  for (std::size_t i = 0; i < arms.size(); ++i) {
    std::printf("| %-34s | %10.2f us | %6.2fx | %s\n", arms[i].name.c_str(), medians[i],
                medians[i] / medians.back(), arms[i].remark.c_str());
  }
  std::fflush(stdout);
  return medians;
}

}  // namespace trimtab::bench
