// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <thread>
#include <vector>

namespace trimtab {

// Does `work(0)` to `work(count - 1)` at the same time, each on a thread of its
// own; returns when all are done.
template <typename Work>
void InParallel(int count, const Work& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

// Stays shut until it is opened.
class Gate {
 public:
  void Open() { opened_.set_value(); }
  void Pass() const { open_.wait(); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> open_ = opened_.get_future().share();
};

}  // namespace trimtab
