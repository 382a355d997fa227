// SPDX-License-Identifier: Apache-2.0
// What tests of changes under load share.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/random.h"

namespace trimtab::runtime {

// Requests of a test: a million; where they take long fewer, unless
// TRIMTAB_STRESS_REQUESTS says how many all are to be.
inline int Requests(int by_default = 1'000'000) {
  const char* text = std::getenv("TRIMTAB_STRESS_REQUESTS");
  return text != nullptr ? std::atoi(text) : by_default;
}
inline int RequestsOverSockets() { return Requests(40'000); }

inline MonotonicTime Far() { return SystemClock().Now() + std::chrono::minutes(10); }

// Calls `change(random)` until `work` is done.
template <typename Change, typename Work>
void WhileChanging(const Change& change, const Work& work) {
  std::atomic<bool> done{false};
  std::thread changer([&] {
    Random random(5);
    while (!done) {
      change(random);
      std::this_thread::yield();
    }
  });
  work();
  done = true;
  changer.join();
}

// Every request was counted once on the way and answered once.
class Ledger {
 public:
  explicit Ledger(int requests) : seen_(requests) {}
  void See(int request) { ++seen_[static_cast<std::size_t>(request)]; }
  int Times(int request) const { return seen_[static_cast<std::size_t>(request)]; }
  void Check() const {
    for (std::size_t i = 0; i < seen_.size(); ++i) ASSERT_EQ(seen_[i], 1) << "request " << i;
  }

 private:
  std::vector<std::atomic<int>> seen_;
};

}  // namespace trimtab::runtime
