// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "client/runtime/cache/policy.h"
#include "client/runtime/cache/slot_list.h"

namespace trimtab::runtime::cache {

// Gives up the slot used least often while it was held; of equals, the one used
// least recently. Room is made before a new slot comes in, so a new one is never
// given up at once. What was popular once and no longer is stays for long: that
// is LFU. Every step is O(1): Shah, Mitra, Matani, "An O(1) algorithm for
// implementing the LFU cache eviction scheme", 2010.
class LfuPolicy final : public Policy {
 public:
  LfuPolicy(Nodes& nodes, std::size_t capacity);

  std::size_t size() const override { return size_; }
  void Hit(Slot slot) override;
  Slot Insert(Slot slot) override;
  void Remove(Slot slot) override;
  Slot Evict() override;
  void SetCapacity(std::size_t capacity) override { capacity_ = capacity; }
  void Append(std::vector<Slot>* coldest_first) const override;
  void Adopt(std::span<const Slot> coldest_first) override;

 private:
  using Bucket = std::uint32_t;
  static constexpr Bucket kNoBucket = 0xffffffff;
  // The slots used equally often, linked to the next less and more often used.
  struct Uses {
    std::uint64_t uses;
    Bucket less;
    Bucket more;
    SlotList slots;
  };

  // Puts `slot` among those with `uses`, which come right after `less`.
  void Add(Slot slot, std::uint64_t uses, Bucket less);
  // Takes `slot` out of its bucket, and the bucket away if that was the last.
  void TakeOut(Slot slot);
  Bucket NewBucket(std::uint64_t uses, Bucket less);
  // Makes space for another slot and its bucket, so that no hit allocates.
  void Reserve(Slot slot);

  std::size_t capacity_;
  std::size_t size_ = 0;
  std::vector<Uses> buckets_;
  Bucket free_ = kNoBucket;
  Bucket least_ = kNoBucket;
  // The bucket of each slot.
  std::vector<Bucket> bucket_of_;
};

}  // namespace trimtab::runtime::cache
