// SPDX-License-Identifier: Apache-2.0
// Any sequence of asking, giving back and resizing: a semaphore against its
// model, an adaptive limit, and a pipeline's items.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/runtime/concurrency/adaptive_limit.h"
#include "client/runtime/concurrency/pipeline_builder.h"
#include "client/runtime/concurrency/resizable_semaphore.h"
#include "tests/support/manual_clock.h"

namespace trimtab::runtime {
namespace {

// One that waits for a permit on a thread of its own.
struct Waiter {
  explicit Waiter(ResizableSemaphore& semaphore)
      : thread([this, &semaphore] {
          if (auto acquired = semaphore.Acquire(); acquired.ok())
            permit.emplace(*std::move(acquired));
        }) {}
  std::optional<ResizableSemaphore::Permit> permit;
  std::thread thread;
};

// A semaphore, and beside it what it should hold.
class Model {
 public:
  explicit Model(std::int64_t limit)
      : limit_(limit),
        semaphore_(ResizableSemaphore::Create({.limit = limit, .clock = &clock_}).value()) {}

  // Nobody is left waiting, also when an assertion failed.
  ~Model() {
    (void)semaphore_->Resize(ResizableSemaphore::kMaxLimit);
    for (auto& waiter : waiters_) waiter->thread.join();
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  void Try() {
    auto permit = semaphore_->TryAcquire();
    RC_ASSERT(permit.has_value() == (waiters_.empty() && Held() < limit_));
    if (permit) held_.push_back(*std::move(permit));
  }
  void Expire() {
    if (waiters_.empty() && Held() < limit_) return;
    RC_ASSERT(absl::IsDeadlineExceeded(semaphore_->Acquire(clock_.Now()).status()));
  }
  void Wait() {
    waiters_.push_back(std::make_unique<Waiter>(*semaphore_));
    // In line, or through already.
    const auto expected = static_cast<std::int64_t>(waiters_.size());
    if (Held() + expected > limit_) {
      while (semaphore_->stats().waiting < expected) std::this_thread::yield();
    }
    TakeGranted();
  }
  void Release(int which) {
    if (held_.empty()) return;
    held_.erase(held_.begin() + which % static_cast<int>(held_.size()));
    TakeGranted();
  }
  void Resize(std::int64_t limit) {
    RC_ASSERT(semaphore_->Resize(limit).ok() == (limit >= 1));
    if (limit >= 1) limit_ = limit;
    TakeGranted();
  }
  void Check() const {
    const ResizableSemaphore::Stats stats = semaphore_->stats();
    RC_ASSERT(stats.limit == limit_);
    RC_ASSERT(stats.held == Held());
    RC_ASSERT(stats.waiting == static_cast<std::int64_t>(waiters_.size()));
  }
  // Everybody gets one in the end.
  void End() {
    while (!waiters_.empty()) {
      RC_ASSERT(!held_.empty());
      Release(0);
    }
    held_.clear();
    Check();
  }

 private:
  std::int64_t Held() const { return static_cast<std::int64_t>(held_.size()); }
  // Those who have waited longest have theirs, and they only.
  void TakeGranted() {
    while (!waiters_.empty() && Held() < limit_) {
      waiters_.front()->thread.join();
      RC_ASSERT(waiters_.front()->permit.has_value());
      held_.push_back(*std::move(waiters_.front()->permit));
      waiters_.pop_front();
    }
  }

  ManualClock clock_;
  std::int64_t limit_;
  std::unique_ptr<ResizableSemaphore> semaphore_;
  std::vector<ResizableSemaphore::Permit> held_;
  std::deque<std::unique_ptr<Waiter>> waiters_;
};

RC_GTEST_PROP(ResizableSemaphoreProperty, LetsThroughAsManyAsItsLimitInTheOrderTheyCame, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::inRange(0, 50)));
  Model model(*rc::gen::inRange(1, 5));
  for (const auto& [step, number] : steps) {
    if (step <= 1) {
      model.Try();
    } else if (step == 2) {
      model.Expire();
    } else if (step == 3) {
      model.Wait();
    } else if (step <= 5) {
      model.Release(number);
    } else {
      model.Resize(number % 7);
    }
    model.Check();
  }
  model.End();
}

RC_GTEST_PROP(AdaptiveLimitProperty, LetsThroughAsManyAsItsLimitOfTheMoment, ()) {
  ManualClock clock;
  const auto limit = AdaptiveLimit::Create({.gradient = {.max_limit = 20,
                                                         .initial_limit = 5,
                                                         .window = std::chrono::milliseconds(1),
                                                         .probe_every = std::chrono::seconds(1)},
                                            .clock = &clock})
                         .value();
  std::deque<AdaptiveLimit::Ticket> tickets;
  std::int64_t granted = 0;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 12), rc::gen::inRange(0, 100)));
  for (const auto& [step, number] : steps) {
    if (step <= 4) {
      const bool room = static_cast<std::int64_t>(tickets.size()) < limit->limit();
      auto ticket = limit->Begin(clock.Now());
      RC_ASSERT(ticket.ok() == room);
      if (room) tickets.push_back(*std::move(ticket));
      granted += room ? 1 : 0;
    } else if (step <= 7 && !tickets.empty()) {
      // One that is only forgotten ends too.
      if (number % 4 != 3) tickets.front().Finish(static_cast<AdaptiveLimit::End>(number % 4));
      tickets.pop_front();
    } else if (step == 8) {
      GradientOptions options = limit->options();
      options.max_limit = number % 30;
      const bool allowed = options.max_limit >= options.initial_limit;
      RC_ASSERT(limit->SetOptions(options).ok() == allowed);
      if (limit->stats().adaptive) RC_ASSERT(limit->limit() <= limit->options().max_limit);
    } else if (step == 9) {
      RC_ASSERT(limit->SetFixed(number % 8).ok() == (number % 8 >= 1));
      if (number % 8 >= 1) RC_ASSERT(limit->limit() == number % 8);
    } else if (step == 10) {
      limit->SetAdaptive(number % 2 == 0);
    } else {
      clock.Advance(std::chrono::milliseconds(number));
    }
    RC_ASSERT(limit->stats().permits.held == static_cast<std::int64_t>(tickets.size()));
    RC_ASSERT(limit->stats().permits.granted == granted);
  }
}

// What a pipeline of three stages does to an item.
std::int64_t Through(std::int64_t item) { return (item + 1) * 3 - 5; }

RC_GTEST_PROP(PipelineProperty, NoItemIsLostOrDoubledWhateverIsResized, ()) {
  const auto resizes = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::inRange(-1, 6)));
  const std::int64_t items = *rc::gen::inRange<std::int64_t>(0, 200);
  const bool ordered = *rc::gen::arbitrary<bool>();
  // The item at which the second stage fails; none beyond the last.
  const std::int64_t failing = *rc::gen::inRange<std::int64_t>(0, 2 * items + 1);
  auto pipeline =
      PipelineBuilder<std::int64_t>(
          {.ordered = ordered, .max_inside = *rc::gen::inRange<std::int64_t>(1, 30)})
          .Stage("a", {.width = 2, .capacity = 2}, [](std::int64_t item) { return item + 1; })
          .Stage("b", {.width = 3, .capacity = 1},
                 [failing](std::int64_t item) -> absl::StatusOr<std::int64_t> {
                   if (item == failing + 1) return absl::DataLossError("as drawn");
                   return item * 3;
                 })
          .Stage("c", {.width = 1, .capacity = 3}, [](std::int64_t item) { return item - 5; })
          .Start()
          .value();
  std::thread pusher([&] {
    std::size_t next = 0;
    for (std::int64_t item = 0; item < items; ++item) {
      if (next < resizes.size()) {
        const auto& [which, number] = resizes[next++];
        const std::string stage(1, static_cast<char>('a' + which));
        const bool allowed = which < 3 && number >= 1;
        EXPECT_EQ(pipeline->Resize(stage, number).ok(), allowed);
        EXPECT_EQ(pipeline->SetCapacity(stage, number).ok(), allowed);
      }
      if (!pipeline->Push(item).ok()) break;
    }
    pipeline->Close();
  });
  std::vector<std::int64_t> results;
  absl::Status end;
  while (true) {
    auto next = pipeline->Pop();
    if (!next.ok()) end = next.status();
    if (!next.ok() || !next->has_value()) break;
    results.push_back(**next);
  }
  pusher.join();
  const bool fails = failing < items;
  RC_ASSERT(end.ok() == !fails);
  if (fails) {
    RC_ASSERT(absl::IsDataLoss(end));
    RC_ASSERT(results.size() < static_cast<std::size_t>(items));
  } else {
    RC_ASSERT(results.size() == static_cast<std::size_t>(items));
  }
  // In order those before it; else any, but none twice.
  if (!ordered) std::sort(results.begin(), results.end());
  std::int64_t last = -1;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::int64_t item = (results[i] + 5) / 3 - 1;
    RC_ASSERT(Through(item) == results[i]);
    RC_ASSERT(item > last && item < items && item != failing);
    if (ordered || !fails) RC_ASSERT(item == static_cast<std::int64_t>(i));
    last = item;
  }
}

}  // namespace
}  // namespace trimtab::runtime
