// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "client/runtime/concurrency/fifo.h"
#include "client/runtime/concurrency/task.h"

namespace trimtab::runtime {

// A task that waits.
struct QueuedTask {
  FatedTask run;
  MonotonicTime deadline;
  std::stop_token stop;
};

// Waiting tasks by priority; see Priority for who goes first. Not thread-safe.
class TaskQueue {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void Push(QueuedTask&& task, Priority priority) {
    lanes_[static_cast<std::size_t>(priority)].Push(std::move(task));
    ++size_;
  }

  // Takes the task whose turn it is; false when none waits.
  bool Pop(QueuedTask* task) {
    if (size_ == 0) return false;
    --size_;
    const bool least_urgent = ++pops_ % kLeastUrgentEvery == 0;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (lanes_[least_urgent ? lanes_.size() - 1 - i : i].Pop(task)) break;
    }
    return true;
  }

  // Trades what waits; O(1).
  void Swap(TaskQueue& other) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) lanes_[i].Swap(other.lanes_[i]);
    std::swap(size_, other.size_);
  }

 private:
  static constexpr std::uint64_t kLeastUrgentEvery = 16;

  std::array<Fifo<QueuedTask>, 3> lanes_;
  std::size_t size_ = 0;
  std::uint64_t pops_ = 0;
};

}  // namespace trimtab::runtime
