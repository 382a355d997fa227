// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "client/runtime/concurrency/pipeline_builder.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

template <typename Made>
std::vector<int> PopAll(Made& pipeline) {
  std::vector<int> all;
  while (true) {
    auto next = pipeline.Pop();
    EXPECT_TRUE(next.ok()) << next.status();
    if (!next.ok() || !next->has_value()) return all;
    all.push_back(**next);
  }
}

std::vector<int> UpTo(int count) {
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

TEST(PipelineTest, ItemsGoThroughItsStagesAndComeOutInOrder) {
  auto pipeline = PipelineBuilder<int>()
                      .Stage("write", {.width = 3}, [](int i) { return std::to_string(i); })
                      .Stage("read", {.width = 2},
                             [](const std::string& text) -> absl::StatusOr<int> {
                               if (text.size() % 2 == 0) std::this_thread::yield();
                               return std::stoi(text);
                             })
                      .Start();
  ASSERT_TRUE(pipeline.ok());
  std::jthread pusher([&] {
    for (int i = 0; i < 5000; ++i) ASSERT_TRUE((*pipeline)->Push(i).ok());
    (*pipeline)->Close();
  });
  EXPECT_EQ(PopAll(**pipeline), UpTo(5000));
  EXPECT_EQ((*pipeline)->stats().items.left, 5000);
}

TEST(PipelineTest, WithoutOrderASlowItemHoldsUpNoOther) {
  Gate slow;
  auto pipeline = PipelineBuilder<int>({.ordered = false})
                      .Stage("one", {.width = 2},
                             [&slow](int i) {
                               if (i == 0) slow.Pass();
                               return i;
                             })
                      .Start();
  ASSERT_TRUE(pipeline.ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE((*pipeline)->Push(i).ok());
  for (int i = 1; i < 10; ++i) EXPECT_EQ(**(*pipeline)->Pop(), i);
  slow.Open();
  EXPECT_EQ(**(*pipeline)->Pop(), 0);
}

TEST(PipelineTest, ASlowStageHoldsUpWhoPushes) {
  Gate slow;
  std::atomic<int> pushed = 0;
  auto pipeline = PipelineBuilder<int>()
                      .Stage("quick", {.width = 1, .capacity = 2}, [](int i) { return i; })
                      .Stage("slow", {.width = 1, .capacity = 3},
                             [&slow](int i) {
                               slow.Pass();
                               return i;
                             })
                      .Start();
  ASSERT_TRUE(pipeline.ok());
  std::jthread pusher([&] {
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE((*pipeline)->Push(i).ok());
      ++pushed;
    }
    (*pipeline)->Close();
  });
  // One in hand and three waiting, one in hand and two waiting, none beyond.
  const auto held_up = [&] { return (*pipeline)->stats().stages[0].held_up; };
  while ((*pipeline)->stats().stages[1].waiting < 3 || held_up() < 1) std::this_thread::yield();
  while (pushed < 7) std::this_thread::yield();
  EXPECT_EQ(pushed, 7);
  slow.Open();
  EXPECT_EQ(PopAll(**pipeline), UpTo(50));
}

TEST(PipelineTest, AtMostSoManyAreInside) {
  auto pipeline = PipelineBuilder<int>({.max_inside = 4})
                      .Stage("one", {.width = 1, .capacity = 100}, [](int i) { return i; })
                      .Start();
  ASSERT_TRUE(pipeline.ok());
  std::jthread pusher([&] {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE((*pipeline)->Push(i).ok());
    (*pipeline)->Close();
  });
  while ((*pipeline)->stats().items.entered < 4) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) {
    const auto items = (*pipeline)->stats().items;
    EXPECT_LE(items.entered - items.left, 4);
    EXPECT_EQ(**(*pipeline)->Pop(), i);
  }
  EXPECT_FALSE((*pipeline)->Pop()->has_value());
}

TEST(PipelineTest, AnErrorStopsItCleanlyAndNamesStageAndItem) {
  auto pipeline = PipelineBuilder<int>()
                      .Stage("quick", {.width = 2}, [](int i) { return i; })
                      .Stage("picky", {.width = 2},
                             [](int i) -> absl::StatusOr<int> {
                               if (i == 30) return absl::DataLossError("no thirty");
                               return i;
                             })
                      .Start();
  ASSERT_TRUE(pipeline.ok());
  absl::Status refused;
  std::jthread pusher([&] {
    while (refused.ok()) refused = (*pipeline)->Push(30);
  });
  absl::Status popped;
  while (popped.ok()) popped = (*pipeline)->Pop().status();
  pusher.join();
  EXPECT_EQ(popped.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(popped.message().find("stage picky, item "), std::string::npos);
  EXPECT_NE(popped.message().find("no thirty"), std::string::npos);
  EXPECT_EQ(refused, popped);
  EXPECT_EQ((*pipeline)->Pop().status(), popped);
  const auto items = (*pipeline)->stats().items;
  EXPECT_EQ(items.entered, items.left + items.dropped);
}

TEST(PipelineTest, AThrowIsAnError) {
  auto pipeline =
      PipelineBuilder<int>()
          .Stage("throws", {}, [](int) -> int { throw std::runtime_error("no such row"); })
          .Start();
  ASSERT_TRUE(pipeline.ok());
  ASSERT_TRUE((*pipeline)->Push(0).ok());
  EXPECT_EQ((*pipeline)->Pop().status(),
            absl::InternalError("stage throws, item 0: threw: no such row"));
}

TEST(PipelineTest, AStageMayHandOnNothing) {
  std::atomic<int> sum = 0;
  auto pipeline = PipelineBuilder<int>()
                      .Stage("add", {.width = 2}, [&sum](int i) { sum += i; })
                      .Stage("check", {}, [](Nothing) { return absl::OkStatus(); })
                      .Start();
  ASSERT_TRUE(pipeline.ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE((*pipeline)->Push(i).ok());
  (*pipeline)->Close();
  while ((*pipeline)->Pop()->has_value()) {
  }
  EXPECT_EQ(sum, 45);
}

TEST(PipelineTest, ClosedItTakesNoMoreAndStoppedItSaysSo) {
  const auto make = [] {
    return PipelineBuilder<int>().Stage("one", {}, [](int i) { return i; }).Start().value();
  };
  const auto closed = make();
  closed->Close();
  EXPECT_EQ(closed->Push(1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(closed->Pop()->has_value());
  // It neither came in nor came out.
  EXPECT_EQ(closed->stats().items.entered, 0);
  EXPECT_EQ(closed->stats().items.left, 0);
  const auto stopped = make();
  ASSERT_TRUE(stopped->Push(1).ok());
  stopped->Stop();
  EXPECT_EQ(stopped->Pop().status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(stopped->Push(1).code(), absl::StatusCode::kCancelled);
}

TEST(PipelineTest, ItsEndStopsWhatRuns) {
  auto pipeline = PipelineBuilder<int>()
                      .Stage("one", {.width = 4}, [](int i) { return i; })
                      .Stage("two", {.width = 4}, [](int i) { return i; })
                      .Start();
  ASSERT_TRUE(pipeline.ok());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE((*pipeline)->Push(i).ok());
  pipeline->reset();
}

TEST(PipelineTest, ListsWhatIsWrong) {
  const auto identity = [](int i) { return i; };
  const auto pipeline = PipelineBuilder<int>({.max_inside = 0})
                            .Stage("a", {.width = 0}, identity)
                            .Stage("a", {.capacity = -1}, identity)
                            .Start();
  EXPECT_EQ(pipeline.status().code(), absl::StatusCode::kInvalidArgument);
  for (const char* words : {"max_inside", "stage a: the width", "'a' has no name of its own",
                            "stage a: the capacity"}) {
    EXPECT_NE(pipeline.status().message().find(words), std::string::npos) << words;
  }
  EXPECT_EQ(PipelineBuilder<int>().Start().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PipelineTest, ABadResizeChangesNothing) {
  const auto pipeline =
      PipelineBuilder<int>().Stage("one", {}, [](int i) { return i; }).Start().value();
  EXPECT_EQ(pipeline->Resize("two", 3).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(pipeline->Resize("one", 0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pipeline->Resize("one", 1025).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pipeline->SetCapacity("two", 3).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(pipeline->SetCapacity("one", 0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pipeline->stats().stages[0].width, 1);
  EXPECT_EQ(pipeline->stats().stages[0].capacity, 16);
}

}  // namespace
}  // namespace trimtab::runtime
