// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/batch/item_batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>

#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Answer = absl::StatusOr<int>;
using IntBatcher = ItemBatcher<int, Answer>;

// Never reached in these tests, unless they are about it.
constexpr auto kLong = std::chrono::hours(1);

// Answers each item with its double and remembers the batches.
class Doubler {
 public:
  IntBatcher::Handler Handler() {
    return [this](std::vector<int>& items) {
      const std::scoped_lock lock(mutex_);
      batches_.push_back(items);
      std::vector<Answer> answers;
      for (const int item : items) answers.emplace_back(2 * item);
      return answers;
    };
  }
  std::vector<std::vector<int>> batches() const {
    const std::scoped_lock lock(mutex_);
    return batches_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::vector<int>> batches_;
};

std::unique_ptr<IntBatcher> Make(const BatchOptions& options, IntBatcher::Handler handler) {
  return IntBatcher::Create(options, std::move(handler)).value();
}

TEST(ItemBatcherTest, HandsOverOnceEnoughAreTogether) {
  Doubler doubler;
  const auto batcher = Make({.size = 3, .linger = kLong}, doubler.Handler());
  std::vector<std::future<Answer>> answers;
  for (int i = 1; i <= 6; ++i) answers.push_back(batcher->Add(i));
  for (int i = 1; i <= 6; ++i) EXPECT_EQ(*answers[i - 1].get(), 2 * i);
  EXPECT_THAT(doubler.batches(), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
}

TEST(ItemBatcherTest, HandsOverFewerOnceTheFirstIsOldEnough) {
  ManualClock clock;
  Doubler doubler;
  const auto batcher = Make(
      {.size = 100, .linger = std::chrono::milliseconds(100), .clock = &clock}, doubler.Handler());
  auto first = batcher->Add(1);
  clock.Advance(std::chrono::milliseconds(99));
  auto second = batcher->Add(2);
  EXPECT_THAT(doubler.batches(), IsEmpty());
  // Since the first item, not the last.
  clock.Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(*first.get(), 2);
  EXPECT_EQ(*second.get(), 4);
  EXPECT_THAT(doubler.batches(), ElementsAre(ElementsAre(1, 2)));
  EXPECT_EQ(batcher->stats().closed_by_linger, 1);
}

// The mission's case: 20 items of 100 bytes, batches of 10, a limit of 100 ms.
TEST(ItemBatcherTest, TwentyItemsInBatchesOfTenDontWaitForTheLimit) {
  ManualClock clock;  // It stands still: the limit is never reached.
  std::vector<std::size_t> sizes;
  const auto batcher = ItemBatcher<std::string, absl::StatusOr<std::string>>::Create(
      {.size = 10, .linger = std::chrono::milliseconds(100), .clock = &clock},
      [&](std::vector<std::string>& items) {
        sizes.push_back(items.size());
        return std::vector<absl::StatusOr<std::string>>(items.begin(), items.end());
      });
  ASSERT_TRUE(batcher.ok());
  std::vector<std::future<absl::StatusOr<std::string>>> answers;
  for (char c = 'a'; c < 'a' + 20; ++c) answers.push_back((*batcher)->Add(std::string(100, c)));
  for (char c = 'a'; c < 'a' + 20; ++c) {
    EXPECT_EQ(*answers[static_cast<std::size_t>(c - 'a')].get(), std::string(100, c));
  }
  EXPECT_THAT(sizes, ElementsAre(10, 10));
}

TEST(ItemBatcherTest, WeightsCountAndAnItemStaysWhole) {
  Doubler doubler;
  const auto batcher = Make({.size = 10, .linger = kLong}, doubler.Handler());
  auto light = batcher->Add(1, 4);
  auto heavy = batcher->Add(2, 50);
  auto alone = batcher->Add(3, 10);
  EXPECT_EQ(*light.get(), 2);
  EXPECT_EQ(*heavy.get(), 4);
  EXPECT_EQ(*alone.get(), 6);
  EXPECT_THAT(doubler.batches(), ElementsAre(ElementsAre(1, 2), ElementsAre(3)));
}

TEST(ItemBatcherTest, EachItemHasItsOwnAnswer) {
  const auto batcher = Make({.size = 3, .linger = kLong}, [](std::vector<int>& items) {
    std::vector<Answer> answers;
    for (const int item : items) {
      answers.push_back(item == 2 ? Answer(absl::NotFoundError("two")) : Answer(item));
    }
    return answers;
  });
  auto one = batcher->Add(1);
  auto two = batcher->Add(2);
  auto three = batcher->Add(3);
  EXPECT_EQ(*one.get(), 1);
  EXPECT_EQ(two.get().status(), absl::NotFoundError("two"));
  EXPECT_EQ(*three.get(), 3);
}

TEST(ItemBatcherTest, AnItemEndsBeforeItsAnswerIsTold) {
  using Item = std::shared_ptr<int>;
  const auto batcher = ItemBatcher<Item>::Create({.size = 1}, [](std::vector<Item>& items) {
                         return std::vector<absl::Status>(items.size());
                       }).value();
  const Item item = std::make_shared<int>(1);
  EXPECT_TRUE(batcher->Add(item).get().ok());
  EXPECT_EQ(item.use_count(), 1);
}

TEST(ItemBatcherTest, AHandlerThatThrowsFailsItsBatchAlone) {
  const auto batcher = Make({.size = 2, .linger = kLong}, [](std::vector<int>& items) {
    if (items[0] == 1) throw std::runtime_error("no disk");
    return std::vector<Answer>(items.begin(), items.end());
  });
  std::vector<std::future<Answer>> answers;
  for (int i = 1; i <= 4; ++i) answers.push_back(batcher->Add(i));
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = answers[i].get().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_THAT(std::string(status.message()), HasSubstr("no disk"));
  }
  EXPECT_EQ(*answers[2].get(), 3);
  EXPECT_EQ(*answers[3].get(), 4);
  EXPECT_EQ(batcher->stats().failed, 2);
  EXPECT_EQ(batcher->stats().answered, 2);
}

TEST(ItemBatcherTest, TooFewAnswersAreAnErrorForEach) {
  const auto batcher =
      Make({.size = 2, .linger = kLong}, [](std::vector<int>&) { return std::vector<Answer>{7}; });
  auto one = batcher->Add(1);
  auto two = batcher->Add(2);
  EXPECT_EQ(one.get().status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(two.get().status().message()), HasSubstr("1 answers for 2 items"));
}

TEST(ItemBatcherTest, ShutdownAnswersWhatWaitsAndRefusesMore) {
  Doubler doubler;
  const auto batcher = Make({.size = 100, .linger = kLong}, doubler.Handler());
  auto waiting = batcher->Add(5);
  batcher->Shutdown();
  EXPECT_EQ(*waiting.get(), 10);
  EXPECT_EQ(batcher->Add(6).get().status().code(), absl::StatusCode::kUnavailable);
  batcher->Shutdown();
  EXPECT_EQ(batcher->stats().closed_by_flush, 1);
}

TEST(ItemBatcherTest, FlushHandsOverNow) {
  Doubler doubler;
  const auto batcher = Make({.size = 100, .linger = kLong}, doubler.Handler());
  batcher->Flush();  // Nothing to hand over.
  auto answer = batcher->Add(1);
  batcher->Flush();
  EXPECT_EQ(*answer.get(), 2);
  EXPECT_THAT(doubler.batches(), SizeIs(1));
}

TEST(ItemBatcherTest, ASmallerSizeHandsOverWhatIsEnoughNow) {
  Doubler doubler;
  const auto batcher = Make({.size = 100, .linger = kLong}, doubler.Handler());
  std::vector<std::future<Answer>> answers;
  for (int i = 1; i <= 7; ++i) answers.push_back(batcher->Add(i));
  ASSERT_TRUE(batcher->Resize(3).ok());
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(answers[i].get().ok());
  EXPECT_THAT(doubler.batches(), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  EXPECT_EQ(batcher->stats().waiting, 1);
  batcher->Flush();
  EXPECT_EQ(*answers[6].get(), 14);
}

TEST(ItemBatcherTest, AShorterLingerCountsForWhatWaits) {
  ManualClock clock;
  Doubler doubler;
  const auto batcher = Make({.size = 100, .linger = kLong, .clock = &clock}, doubler.Handler());
  auto answer = batcher->Add(1);
  clock.Advance(std::chrono::milliseconds(5));
  ASSERT_TRUE(batcher->SetLinger(std::chrono::milliseconds(5)).ok());
  EXPECT_EQ(*answer.get(), 2);
}

TEST(ItemBatcherTest, RefusesMoreThanMayWait) {
  Gate gate;
  const auto batcher =
      Make({.size = 2, .linger = kLong, .max_waiting = 4}, [&](std::vector<int>& items) {
        gate.Pass();
        return std::vector<Answer>(items.begin(), items.end());
      });
  std::vector<std::future<Answer>> answers;
  // At most one batch is being handled and two wait.
  for (int i = 0; i < 20; ++i) answers.push_back(batcher->Add(i));
  gate.Open();
  batcher->Shutdown();
  int taken = 0;
  for (auto& answer : answers) {
    const Answer given = answer.get();
    if (given.ok()) {
      ++taken;
    } else {
      EXPECT_EQ(given.status().code(), absl::StatusCode::kResourceExhausted);
    }
  }
  EXPECT_GE(taken, 4);
  EXPECT_LE(taken, 6);
  EXPECT_EQ(batcher->stats().refused, 20 - taken);
}

TEST(ItemBatcherTest, CallbacksAreCalledOnceAndMayThrowOrAdd) {
  Doubler doubler;
  const auto batcher = Make({.size = 1, .linger = kLong}, doubler.Handler());
  std::promise<Answer> second;
  batcher->AddWithCallback(1, 1, [&](const Answer&) {
    batcher->AddWithCallback(2, 1, [&](Answer answer) { second.set_value(std::move(answer)); });
    throw std::runtime_error("careless");
  });
  EXPECT_EQ(*second.get_future().get(), 4);
  batcher->Shutdown();
  EXPECT_EQ(batcher->stats().callback_exceptions, 1);
}

TEST(ItemBatcherTest, RefusesBadLimitsAndKeepsTheOldOnes) {
  Doubler doubler;
  const auto batcher = Make({.size = 2, .linger = kLong}, doubler.Handler());
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, kMaxBatchSize + 1}) {
    EXPECT_EQ(batcher->Resize(bad).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(batcher->SetLinger(Duration(-1)).ok());
  EXPECT_FALSE(batcher->SetLinger(kMaxBatchLinger + Duration(1)).ok());
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-5}, kMaxWaitingWeight + 1}) {
    EXPECT_EQ(batcher->Add(1, bad).get().status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(batcher->stats().size, 2);
  EXPECT_EQ(batcher->stats().linger, kLong);
  auto one = batcher->Add(1);
  auto two = batcher->Add(2);
  EXPECT_EQ(*one.get(), 2);
  EXPECT_EQ(*two.get(), 4);
}

TEST(ItemBatcherTest, TellsAllThatIsWrongWithItsOptions) {
  const auto bad =
      IntBatcher::Create({.size = 0, .linger = Duration(-1), .max_waiting = 0, .threads = 0},
                         [](std::vector<int>&) { return std::vector<Answer>(); });
  const std::string message(bad.status().message());
  for (const char* part : {"size", "linger", "max_waiting", "threads"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
  EXPECT_FALSE(IntBatcher::Create({}, nullptr).ok());
}

TEST(ItemBatcherTest, ExportsItsStatistics) {
  Doubler doubler;
  const auto batcher = Make({.size = 1, .linger = kLong}, doubler.Handler());
  EXPECT_TRUE(batcher->Add(1).get().ok());
  batcher->Shutdown();
  bool found = false;
  for (const Statistic& statistic : Export(batcher->stats())) {
    if (statistic.name != "batch_items_answered_total") continue;
    found = true;
    EXPECT_EQ(statistic.value, 1);
    EXPECT_EQ(statistic.kind, Statistic::Kind::kCounter);
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace trimtab::runtime
