// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "client/runtime/concurrency/worker_pool.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {

// Tasks that each hold a worker until Open().
class Blocker {
 public:
  Blocker(WorkerPool& pool, int tasks) {
    for (int i = 0; i < tasks; ++i) {
      // With a share of the state: a task may return after this is gone.
      EXPECT_TRUE(pool.Submit([state = state_] {
                        state->started.fetch_add(1);
                        state->started.notify_all();
                        state->gate.Pass();
                      })
                      .ok());
    }
  }
  void AwaitStarted(int count) const {
    const std::atomic<int>& started = state_->started;
    for (int now = started; now < count; now = started) started.wait(now);
  }
  void Open() { state_->gate.Open(); }

 private:
  struct State {
    std::atomic<int> started = 0;
    Gate gate;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace trimtab::runtime
