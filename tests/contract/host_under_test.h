// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/base/clock.h"

namespace trimtab {

// What the contract's tests need of a host beside its service. Its windows are
// a second long; it has `thread_pool_size` (1 to 64, at first 8) and
// `fragile` (1 to 100, at first 1), which the service itself refuses to set to
// 13, after `thread_pool_size` was set.
class HostUnderTest {
 public:
  virtual ~HostUnderTest() = default;

  virtual std::string address() const = 0;
  // Lets time pass for the host.
  virtual void Advance(Duration length) = 0;
  // Begins a request; what is returned ends it well.
  virtual std::function<void()> Begin() = 0;
  // Waits until the service itself works with so many threads.
  virtual void AwaitThreads(std::int64_t threads) = 0;
  virtual void OperatorSetsThreads(std::int64_t threads) = 0;
};

// One for each implementation; a new host each time.
std::unique_ptr<HostUnderTest> NewSdkHost();

}  // namespace trimtab
