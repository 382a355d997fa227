// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <stop_token>

#include "daemon/base/clock.h"

namespace trimtab::runtime {

// Which task goes first. Of waiting tasks the more urgent begins first, but for
// every sixteenth start, which goes to the least urgent one waiting, so that
// none waits for ever. Equals begin in the order they came.
enum class Priority : std::uint8_t { kHigh, kNormal, kLow };

struct TaskOptions {
  Priority priority = Priority::kNormal;
  // A task that hasn't begun by then isn't run.
  MonotonicTime deadline = MonotonicTime::max();
  // A task whose stop was requested before it began isn't run.
  std::stop_token stop = {};
};

// What becomes of a task when its turn comes.
enum class Fate : std::uint8_t { kRun, kCancelled, kExpired };

// A task that is told its fate; called exactly once.
using FatedTask = absl::AnyInvocable<void(Fate)>;

}  // namespace trimtab::runtime
