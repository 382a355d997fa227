// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/directory.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "client/runtime/cache/entry_slab.h"
#include "daemon/base/random.h"

namespace trimtab::runtime::cache {
namespace {

constexpr std::size_t kCapacity = 300;

class DirectoryTest : public testing::TestWithParam<CachePolicy> {
 protected:
  void Put(std::uint64_t key) {
    const Slot slot = directory_.Take();
    entries_.Put(slot, key, key + 1);
    // Some expire, at the end of all time.
    const std::int64_t expires_at = key % 3 == 0 ? kNever - 1 : kNever;
    Out(directory_.Insert(slot, key, expires_at, 0));
    held_[key] = true;
  }
  void Out(Slot slot) {
    if (slot == kNoSlot) return;
    EXPECT_EQ(held_.erase(entries_[slot].key), 1U);
    entries_.Clear(slot);
    directory_.Release(slot);
  }
  Slot Find(std::uint64_t key) { return entries_.Find(directory_, key, key); }
  void DoSomething(Random& random) {
    const std::uint64_t key = random.Next() % 1000;
    const Slot slot = Find(key);
    EXPECT_EQ(slot != kNoSlot, held_.contains(key));
    if (slot == kNoSlot) {
      Put(key);
    } else if (random.Next() % 4 == 0) {
      directory_.Remove(slot);
      Out(slot);
    } else {
      Out(directory_.Hit(slot));
    }
  }
  void Check() {
    std::vector<Slot> slots;
    directory_.Append(&slots);
    EXPECT_EQ(slots.size(), held_.size());
    for (const auto& [key, held] : held_) {
      const Slot slot = Find(key);
      ASSERT_NE(slot, kNoSlot) << key;
      EXPECT_EQ(entries_[slot].value, key + 1);
      EXPECT_EQ(directory_.expires_at(slot), key % 3 == 0 ? kNever - 1 : kNever);
    }
  }

  Directory directory_{GetParam(), {200, kCapacity - 200}};
  EntrySlab<std::uint64_t, std::uint64_t> entries_;
  std::map<std::uint64_t, bool> held_;
};

INSTANTIATE_TEST_SUITE_P(All, DirectoryTest,
                         testing::Values(CachePolicy::kLru, CachePolicy::kLfu, CachePolicy::kFifo,
                                         CachePolicy::kTtl, CachePolicy::kWTinyLfu,
                                         CachePolicy::kS3Fifo),
                         [](const auto& each) { return std::string(CachePolicyName(each.param)); });

TEST_P(DirectoryTest, ACompactionInStepsLosesNothingThoughItIsUsedMeanwhile) {
  Random random(9);
  for (int round = 0; round < 20; ++round) {
    const TierSizes small{1 + random.Next() % 40, random.Next() % 2 * (1 + random.Next() % 60)};
    std::vector<Slot> out;
    directory_.Change(GetParam(), {200, kCapacity - 200}, &out);
    EXPECT_TRUE(out.empty());
    for (int i = 0; i < 2000; ++i) DoSomething(random);
    directory_.Change(GetParam(), small, &out);
    for (const Slot slot : out) Out(slot);
    for (Slot slot; (slot = directory_.Overflow()) != kNoSlot;) Out(slot);
    const std::size_t target = small.l1 + small.l2 + 1;
    directory_.BeginCompaction(target);
    while (directory_.Compact(7, [&](Slot from, Slot to) { entries_.Move(from, to); })) {
      for (int i = 0; i < 5; ++i) DoSomething(random);
      Check();
    }
    directory_.EndCompaction();
    entries_.Truncate(directory_.slots());
    EXPECT_EQ(directory_.slots(), target);
    Check();
    for (int i = 0; i < 100; ++i) DoSomething(random);
    Check();
    EXPECT_EQ(directory_.slots(), target);
  }
  std::vector<Slot> slots;
  directory_.Append(&slots);
  for (const Slot slot : slots) entries_.Clear(slot);
}

}  // namespace
}  // namespace trimtab::runtime::cache
