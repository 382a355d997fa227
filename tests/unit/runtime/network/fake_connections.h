// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

#include "client/runtime/network/connection.h"

namespace trimtab::runtime {

// Counts what is open, and how many at most.
struct Tally {
  std::atomic<int> opened{0};
  std::atomic<int> open{0};
  std::atomic<int> most_open{0};
  // What the connections say of themselves from now on.
  std::atomic<bool> healthy{true};
};

class FakePoolable final : public Poolable {
 public:
  explicit FakePoolable(Tally& tally) : number(++tally.opened), tally_(tally) {
    const int open = ++tally_.open;
    for (int most = tally_.most_open;
         most < open && !tally_.most_open.compare_exchange_weak(most, open);) {
    }
  }
  ~FakePoolable() override { --tally_.open; }
  bool Healthy() const override { return tally_.healthy; }

  // The order of opening, from 1.
  const int number;
  std::atomic<int> users{0};

 private:
  Tally& tally_;
};

}  // namespace trimtab::runtime
