// SPDX-License-Identifier: Apache-2.0
// Which slot each policy gives up.
#include "client/runtime/cache/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "client/runtime/cache/shadow.h"
#include "daemon/base/random.h"

namespace trimtab::runtime::cache {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr std::array kRealPolicies = {CachePolicy::kLru,      CachePolicy::kLfu,
                                      CachePolicy::kFifo,     CachePolicy::kTtl,
                                      CachePolicy::kWTinyLfu, CachePolicy::kS3Fifo};

// A policy with slots 0, 1, 2, ... whose hashes are scrambled.
class PolicyUnderTest {
 public:
  PolicyUnderTest(CachePolicy kind, std::size_t capacity, std::size_t slots) {
    Random random(3);
    for (std::size_t i = 0; i < slots; ++i)
      nodes_.Add({.hash = static_cast<std::uint32_t>(random.Next())});
    policy_ = MakePolicy(kind, nodes_, capacity);
  }
  Policy& operator*() { return *policy_; }
  Policy* operator->() { return policy_.get(); }
  void Use(Slot slot, int times) {
    for (int i = 0; i < times; ++i) {
      ++nodes_[slot].uses;
      policy_->Hit(slot);
    }
  }
  Nodes& nodes() { return nodes_; }
  std::vector<Slot> order() const {
    std::vector<Slot> slots;
    policy_->Append(&slots);
    return slots;
  }

 private:
  Nodes nodes_;
  std::unique_ptr<Policy> policy_;
};

TEST(PolicyTest, LruGivesUpWhatWasUsedLeastRecently) {
  PolicyUnderTest policy(CachePolicy::kLru, 3, 5);
  for (Slot slot = 0; slot < 3; ++slot) EXPECT_EQ(policy->Insert(slot), kNoSlot);
  policy.Use(0, 1);
  EXPECT_EQ(policy->Insert(3), 1U);
  EXPECT_EQ(policy->Insert(4), 2U);
  EXPECT_THAT(policy.order(), ElementsAre(0, 3, 4));
}

TEST(PolicyTest, FifoGivesUpWhatCameFirst) {
  PolicyUnderTest policy(CachePolicy::kFifo, 3, 5);
  for (Slot slot = 0; slot < 3; ++slot) EXPECT_EQ(policy->Insert(slot), kNoSlot);
  policy.Use(0, 5);
  EXPECT_EQ(policy->Insert(3), 0U);
  EXPECT_EQ(policy->Insert(4), 1U);
}

TEST(PolicyTest, LfuGivesUpWhatWasUsedLeastOfEqualsTheLeastRecent) {
  PolicyUnderTest policy(CachePolicy::kLfu, 3, 6);
  for (Slot slot = 0; slot < 3; ++slot) EXPECT_EQ(policy->Insert(slot), kNoSlot);
  policy.Use(0, 2);
  policy.Use(2, 1);
  policy.Use(1, 1);
  EXPECT_EQ(policy->Insert(3), 2U);
  // The new one has been used least, but room is made before it comes.
  EXPECT_EQ(policy->Insert(4), 3U);
  policy.Use(4, 9);
  EXPECT_EQ(policy->Insert(5), 1U);
  EXPECT_THAT(policy.order(), ElementsAre(5, 0, 4));
}

TEST(PolicyTest, LfuKnowsAPopularSlotHoweverLongItWasNotLookedAt) {
  constexpr Slot kSlots = 200;
  PolicyUnderTest policy(CachePolicy::kLfu, kSlots, kSlots + 3);
  for (Slot slot = 0; slot < kSlots; ++slot) EXPECT_EQ(policy->Insert(slot), kNoSlot);
  for (Slot slot = 0; slot < kSlots; ++slot) policy.Use(slot, 40);
  // All but one were used far more often since they came into their list.
  for (Slot slot = 0; slot < kSlots; ++slot) policy.Use(slot, slot == 50 ? 2 : 1000);
  EXPECT_EQ(policy->Insert(kSlots), 50U);
  EXPECT_EQ(policy->Insert(kSlots + 1), kSlots);
  // Where everything was used meanwhile, something still goes.
  policy.Use(kSlots + 1, 5000);
  const Slot out = policy->Insert(kSlots + 2);
  EXPECT_LT(out, kSlots);
  EXPECT_NE(out, 50U);
  EXPECT_EQ(policy->size(), kSlots);
}

TEST(PolicyTest, TtlGivesUpWhatExpiresFirstAndLastWhatNeverDoes) {
  PolicyUnderTest policy(CachePolicy::kTtl, 3, 6);
  policy.nodes().SetExpiresAt(1, 20);
  policy.nodes().SetExpiresAt(2, 10);
  policy.nodes().SetExpiresAt(3, 30);
  for (Slot slot = 0; slot < 3; ++slot) EXPECT_EQ(policy->Insert(slot), kNoSlot);
  EXPECT_EQ(policy->Insert(3), 2U);
  policy->SetExpiry(1, 40);
  EXPECT_EQ(policy->Insert(4), 3U);
  EXPECT_EQ(policy->Insert(5), 1U);
  EXPECT_EQ(policy->Evict(), 0U);
}

TEST(PolicyTest, WTinyLfuLetsInOnlyWhatIsAskedForMoreOften) {
  PolicyUnderTest policy(CachePolicy::kWTinyLfu, 100, 1000);
  for (Slot slot = 0; slot < 100; ++slot) EXPECT_EQ(policy->Insert(slot), kNoSlot);
  for (Slot slot = 0; slot < 100; ++slot) policy.Use(slot, 3);
  // A scan of what is asked for once goes through the window and out, but for a
  // few that the sketch takes for others.
  for (Slot slot = 100; slot < 1000; ++slot) policy->Insert(slot);
  int kept = 0;
  for (const Slot slot : policy.order()) kept += slot < 100 ? 1 : 0;
  EXPECT_GE(kept, 90);
}

TEST(PolicyTest, S3FifoKeepsWhatIsUsedFromAScanAndKnowsWhatComesBack) {
  PolicyUnderTest policy(CachePolicy::kS3Fifo, 10, 100);
  for (Slot slot = 0; slot < 10; ++slot) EXPECT_EQ(policy->Insert(slot), kNoSlot);
  policy.Use(3, 2);
  policy.Use(4, 2);
  for (Slot slot = 10; slot < 60; ++slot) policy->Insert(slot);
  EXPECT_THAT(policy.order(), testing::AllOf(testing::Contains(3U), testing::Contains(4U)));
  // What was given up a moment ago comes back into the main queue.
  const Slot back = policy->Insert(60);
  ASSERT_NE(back, kNoSlot);
  const Slot next = policy->Insert(back);
  ASSERT_NE(next, kNoSlot);
  for (Slot slot = 61; slot < 70; ++slot) policy->Insert(slot);
  EXPECT_THAT(policy.order(), testing::Contains(back));
}

// Whatever is done, each policy holds exactly the slots that it was given and has
// not given up, and no more than its capacity.
RC_GTEST_PROP(PolicyPropertyTest, HoldsWhatItWasGiven, ()) {
  for (const CachePolicy kind : kRealPolicies) {
    constexpr Slot kSlots = 40;
    auto capacity = *rc::gen::inRange<std::size_t>(1, 12);
    PolicyUnderTest policy(kind, capacity, kSlots);
    std::set<Slot> held;
    const auto steps = *rc::gen::container<std::vector<std::pair<int, Slot>>>(
        rc::gen::pair(rc::gen::inRange(0, 20), rc::gen::inRange<Slot>(0, kSlots)));
    for (const auto& [action, slot] : steps) {
      if (action == 0) {
        capacity = 1 + slot % 12;
        policy->SetCapacity(capacity);
        while (policy->size() > capacity) RC_ASSERT(held.erase(policy->Evict()) == 1U);
      } else if (action == 1 && held.contains(slot)) {
        policy->Remove(slot);
        held.erase(slot);
      } else if (action == 2 && held.contains(slot)) {
        policy->SetExpiry(slot, action * 10 + slot % 7);
      } else if (held.contains(slot)) {
        policy.Use(slot, 1);
      } else {
        const bool full = held.size() == capacity;
        policy.nodes()[slot].uses = 0;
        held.insert(slot);
        const Slot out = policy->Insert(slot);
        RC_ASSERT((out != kNoSlot) == full);
        if (full) RC_ASSERT(held.erase(out) == 1U);
      }
      RC_ASSERT(policy->size() == held.size());
      const std::vector<Slot> order = policy.order();
      RC_ASSERT(order.size() == held.size());
      RC_ASSERT(std::set<Slot>(order.begin(), order.end()) == held);
    }
  }
}

// A policy takes over all that another held.
RC_GTEST_PROP(PolicyPropertyTest, AdoptsWhatAnotherHeld, ()) {
  for (const CachePolicy from : kRealPolicies) {
    for (const CachePolicy to : kRealPolicies) {
      PolicyUnderTest policy(from, 20, 20);
      const auto uses = *rc::gen::container<std::vector<Slot>>(rc::gen::inRange<Slot>(0, 20));
      std::set<Slot> held;
      for (const Slot slot : uses) {
        if (held.insert(slot).second) {
          policy->Insert(slot);
        } else {
          policy.Use(slot, 1);
        }
      }
      const std::vector<Slot> order = policy.order();
      const auto next = MakePolicy(to, policy.nodes(), 20);
      next->Adopt(order);
      RC_ASSERT(next->size() == held.size());
      while (next->size() > 0) RC_ASSERT(held.erase(next->Evict()) == 1U);
      RC_ASSERT(held.empty());
    }
  }
}

// Two tiers of LRU answer exactly as one LRU of the summed size.
RC_GTEST_PROP(PolicyPropertyTest, TwoTiersOfLruAreOneLru, ()) {
  const auto l1 = *rc::gen::inRange<std::size_t>(1, 10);
  const auto l2 = *rc::gen::inRange<std::size_t>(1, 20);
  Shadow two(CachePolicy::kLru, {l1, l2});
  Shadow one(CachePolicy::kLru, {l1 + l2, 0});
  const auto hashes =
      *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 60));
  for (const std::uint64_t hash : hashes) {
    const bool hit = one.Ask(hash, 0);
    RC_ASSERT(two.Ask(hash, 0) == hit);
    if (hit) continue;
    one.Put(hash, kNever, 0);
    two.Put(hash, kNever, 0);
  }
}

}  // namespace
}  // namespace trimtab::runtime::cache
