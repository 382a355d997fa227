// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Le;

// Never reached in these tests, unless they are about it.
constexpr auto kLongLinger = std::chrono::hours(1);

// Remembers the sizes of the batches; read them once the batcher is gone.
struct Batches {
  Batcher::Commit Commit() {
    return [this](std::int64_t items) {
      sizes.push_back(items);
      return result;
    };
  }
  std::vector<std::int64_t> sizes;
  absl::Status result = absl::OkStatus();
};

TEST(BatcherTest, HandsOverOnceEnoughAreTogether) {
  Batches batches;
  {
    Batcher batcher(3, kLongLinger, batches.Commit());
    auto first = batcher.Add(1);
    auto second = batcher.Add(2);
    EXPECT_TRUE(first.get().ok());
    EXPECT_TRUE(second.get().ok());
  }
  EXPECT_THAT(batches.sizes, ElementsAre(3));
}

TEST(BatcherTest, HandsOverFewerAfterTheLinger) {
  Batches batches;
  {
    Batcher batcher(1000, std::chrono::milliseconds(1), batches.Commit());
    EXPECT_TRUE(batcher.Add(2).get().ok());
  }
  EXPECT_THAT(batches.sizes, ElementsAre(2));
}

TEST(BatcherTest, ItemsSpreadOverBatchesHaveTheResultOfTheLastOne) {
  std::vector<std::int64_t> sizes;
  Batcher batcher(4, kLongLinger, [&](std::int64_t items) {
    sizes.push_back(items);
    return sizes.size() < 3 ? absl::OkStatus() : absl::UnavailableError("the third");
  });
  EXPECT_EQ(batcher.Add(12).get(), absl::UnavailableError("the third"));
  EXPECT_THAT(sizes, ElementsAre(4, 4, 4));
}

TEST(BatcherTest, ShrinkingHandsOverWhatIsEnoughNow) {
  Batches batches;
  {
    Batcher batcher(100, kLongLinger, batches.Commit());
    auto result = batcher.Add(6);
    ASSERT_TRUE(batcher.Resize(3).ok());
    EXPECT_TRUE(result.get().ok());
  }
  EXPECT_THAT(batches.sizes, ElementsAre(3, 3));
}

TEST(BatcherTest, RefusesASizeBelowOne) {
  Batches batches;
  Batcher batcher(1, kLongLinger, batches.Commit());
  for (const std::int64_t bad : {0, -1}) EXPECT_FALSE(batcher.Resize(bad).ok());
  EXPECT_TRUE(batcher.Add(1).get().ok());
}

TEST(BatcherTest, ItsEndHandsOverWhatIsLeft) {
  Batches batches;
  batches.result = absl::AbortedError("late");
  std::future<absl::Status> result;
  {
    Batcher batcher(100, kLongLinger, batches.Commit());
    result = batcher.Add(5);
  }
  EXPECT_EQ(result.get(), absl::AbortedError("late"));
  EXPECT_THAT(batches.sizes, ElementsAre(5));
}

TEST(BatcherTest, ResizedUnderLoadNoItemIsLostAndNoBatchIsTooLarge) {
  constexpr int kAdds = 5000;
  Batches batches;
  {
    Batcher batcher(8, kLongLinger, batches.Commit());
    InParallel(4, [&](int thread) {
      for (int i = 0; i < kAdds; ++i) {
        batcher.Add(1 + i % 3);
        if (i % 25 == 0) {
          EXPECT_TRUE(batcher.Resize(1 + (i + thread) % 16).ok());
        }
      }
    });
  }
  std::int64_t added = 0;
  for (int i = 0; i < kAdds; ++i) added += 4 * (1 + i % 3);
  EXPECT_EQ(std::accumulate(batches.sizes.begin(), batches.sizes.end(), std::int64_t{0}), added);
  EXPECT_THAT(batches.sizes, Each(Le(16)));
}

}  // namespace
}  // namespace trimtab::runtime
