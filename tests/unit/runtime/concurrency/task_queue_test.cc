// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/task_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "client/runtime/concurrency/fifo.h"

namespace trimtab::runtime {
namespace {

RC_GTEST_PROP(FifoProperty, IsADeque, ()) {
  // Positive: so many in; else so many out. Chunks are filled and emptied.
  const auto moves = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-300, 300));
  Fifo<std::unique_ptr<int>> fifo;
  std::deque<int> model;
  int next = 0;
  for (const int move : moves) {
    for (int i = 0; i < move; ++i) {
      fifo.Push(std::make_unique<int>(next));
      model.push_back(next++);
    }
    for (int i = 0; i < -move; ++i) {
      std::unique_ptr<int> item;
      RC_ASSERT(fifo.Pop(&item) == !model.empty());
      if (model.empty()) break;
      RC_ASSERT(*item == model.front());
      model.pop_front();
    }
    RC_ASSERT(fifo.size() == model.size());
  }
}

RC_GTEST_PROP(TaskQueueProperty, EqualsKeepTheirOrderAndNothingIsLost,
              (const std::vector<std::uint8_t>& priorities)) {
  TaskQueue queue;
  std::array<std::vector<int>, 3> expected;
  std::array<std::vector<int>, 3> came;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    const std::size_t priority = priorities[i] % 3;
    expected[priority].push_back(static_cast<int>(i));
    queue.Push({[&came, priority, i](Fate) { came[priority].push_back(static_cast<int>(i)); },
                MonotonicTime::max(),
                {}},
               static_cast<Priority>(priority));
  }
  QueuedTask task;
  while (queue.Pop(&task)) task.run(Fate::kRun);
  RC_ASSERT(queue.empty());
  RC_ASSERT(came == expected);
}

TEST(TaskQueueTest, OneStartInSixteenGoesToTheLeastUrgent) {
  TaskQueue queue;
  std::string order;
  for (int i = 0; i < 40; ++i) {
    queue.Push({[&order](Fate) { order += 'h'; }, MonotonicTime::max(), {}}, Priority::kHigh);
    queue.Push({[&order](Fate) { order += 'l'; }, MonotonicTime::max(), {}}, Priority::kLow);
  }
  QueuedTask task;
  for (int i = 0; i < 32; ++i) {
    ASSERT_TRUE(queue.Pop(&task));
    task.run(Fate::kRun);
  }
  EXPECT_EQ(order, std::string(15, 'h') + 'l' + std::string(15, 'h') + 'l');
}

}  // namespace
}  // namespace trimtab::runtime
