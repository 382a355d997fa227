// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <numeric>
#include <thread>

#include "client/runtime/batch/item_batcher.h"
#include "daemon/base/random.h"
#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

using CountBatcher = ItemBatcher<std::uint32_t, absl::StatusOr<std::uint32_t>>;

std::vector<absl::StatusOr<std::uint32_t>> Echo(std::vector<std::uint32_t>& items) {
  return {items.begin(), items.end()};
}

// A million items from two threads while a third changes both limits: each is
// handled once and answered once, with its own answer. What is refused as too many
// wait is added again until it is taken.
TEST(ItemBatcherStressTest, AMillionItemsUnderChangesOfLimits) {
  constexpr std::uint32_t kItems = 1'000'000;
  constexpr int kThreads = 2;
  std::vector<std::atomic<std::uint8_t>> handled(kItems);
  std::vector<std::atomic<std::uint8_t>> answered(kItems);
  std::atomic<std::uint32_t> refused{0};
  std::atomic<std::uint32_t> wrong{0};
  std::atomic<int> adding{kThreads};
  const auto batcher =
      CountBatcher::Create({.size = 64, .linger = std::chrono::microseconds(50), .threads = 2},
                           [&](std::vector<std::uint32_t>& items) {
                             for (const std::uint32_t item : items) ++handled[item];
                             return Echo(items);
                           })
          .value();
  InParallel(kThreads + 1, [&](int thread) {
    if (thread == kThreads) {
      Random random(7);
      while (adding > 0) {
        EXPECT_TRUE(batcher->Resize(static_cast<std::int64_t>(1 + random.Next() % 512)).ok());
        EXPECT_TRUE(batcher->SetLinger(Duration(random.Next() % 100'000)).ok());
        if (random.Next() % 16 == 0) batcher->Flush();
      }
      return;
    }
    for (auto item = static_cast<std::uint32_t>(thread); item < kItems; item += kThreads) {
      bool taken = false;
      while (!taken) {
        taken = true;
        // Which is called at once, on this thread, if the item isn't taken.
        batcher->AddWithCallback(item, 1,
                                 [&, item, self = std::this_thread::get_id()](
                                     const absl::StatusOr<std::uint32_t>& answer) {
                                   if (absl::IsResourceExhausted(answer.status())) {
                                     EXPECT_EQ(std::this_thread::get_id(), self);
                                     taken = false;
                                     ++refused;
                                     std::this_thread::yield();
                                     return;
                                   }
                                   ++answered[item];
                                   if (!answer.ok() || *answer != item) ++wrong;
                                 });
      }
    }
    --adding;
  });
  batcher->Shutdown();
  std::uint32_t lost = 0;
  std::uint32_t duplicated = 0;
  std::uint32_t handled_in_all = 0;
  for (std::uint32_t item = 0; item < kItems; ++item) {
    handled_in_all += handled[item];
    if (answered[item] == 0) ++lost;
    if (answered[item] > 1 || handled[item] > 1) ++duplicated;
  }
  EXPECT_EQ(lost, 0U);
  EXPECT_EQ(duplicated, 0U);
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(handled_in_all, kItems);
  const BatchStats stats = batcher->stats();
  EXPECT_EQ(stats.added, kItems);
  EXPECT_EQ(stats.answered, stats.added);
  EXPECT_EQ(stats.refused, refused);
}

// Whatever is done to it, a batcher forms the batches of a model that is a list.
RC_GTEST_PROP(ItemBatcherPropertyTest, FormsTheBatchesOfAList, ()) {
  ManualClock clock;  // Stands still: only sizes and flushes close a batch.
  std::vector<std::vector<std::uint32_t>> batches;
  std::vector<std::vector<std::uint32_t>> expected;
  {
    std::int64_t size = *rc::gen::inRange<std::int64_t>(1, 20);
    const auto batcher =
        CountBatcher::Create({.size = size, .linger = std::chrono::hours(1), .clock = &clock},
                             [&](std::vector<std::uint32_t>& items) {
                               batches.push_back(items);
                               return Echo(items);
                             })
            .value();
    std::vector<std::pair<std::uint32_t, std::int64_t>> gathering;
    const auto close = [&](bool all) {
      std::vector<std::pair<std::uint32_t, std::int64_t>> items = std::exchange(gathering, {});
      std::int64_t weight = 0;
      std::vector<std::uint32_t> batch;
      for (std::size_t i = 0; i < items.size(); ++i) {
        batch.push_back(items[i].first);
        weight += items[i].second;
        gathering.push_back(items[i]);
        if (weight >= size || (all && i + 1 == items.size())) {
          expected.push_back(std::exchange(batch, {}));
          gathering.clear();
          weight = 0;
        }
      }
    };
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100));
    std::uint32_t next = 0;
    for (const int step : steps) {
      if (step < 80) {
        const std::int64_t weight = 1 + step % 5;
        gathering.emplace_back(next, weight);
        batcher->Add(next++, weight);
        close(false);
      } else if (step < 95) {
        size = 1 + step - 80;
        RC_ASSERT(batcher->Resize(size).ok());
        close(false);
      } else {
        batcher->Flush();
        close(true);
      }
    }
    close(true);
  }
  RC_ASSERT(batches == expected);
}

}  // namespace
}  // namespace trimtab::runtime
