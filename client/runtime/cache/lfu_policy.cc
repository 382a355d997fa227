// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/lfu_policy.h"

#include <algorithm>

namespace trimtab::runtime::cache {

LfuPolicy::LfuPolicy(Nodes& nodes, std::size_t capacity) : Policy(nodes), capacity_(capacity) {}

void LfuPolicy::Hit(Slot slot) {
  const Bucket bucket = bucket_of_[slot];
  const std::uint64_t uses = buckets_[bucket].uses + 1;
  const Bucket more = buckets_[bucket].more;
  if (buckets_[bucket].slots.size() == 1 && (more == kNoBucket || buckets_[more].uses > uses)) {
    buckets_[bucket].uses = uses;  // Alone in its bucket, which moves with it.
    return;
  }
  Add(slot, uses, bucket);
}

void LfuPolicy::Add(Slot slot, std::uint64_t uses, Bucket less) {
  const Bucket next = less == kNoBucket ? least_ : buckets_[less].more;
  const Bucket bucket =
      next != kNoBucket && buckets_[next].uses == uses ? next : NewBucket(uses, less);
  if (bucket_of_[slot] != kNoBucket) TakeOut(slot);
  buckets_[bucket].slots.AddNewest(slot);
  bucket_of_[slot] = bucket;
}

void LfuPolicy::TakeOut(Slot slot) {
  const Bucket bucket = bucket_of_[slot];
  bucket_of_[slot] = kNoBucket;
  Uses& uses = buckets_[bucket];
  uses.slots.Remove(slot);
  if (!uses.slots.empty()) return;
  (uses.less == kNoBucket ? least_ : buckets_[uses.less].more) = uses.more;
  if (uses.more != kNoBucket) buckets_[uses.more].less = uses.less;
  uses.more = free_;
  free_ = bucket;
}

LfuPolicy::Bucket LfuPolicy::NewBucket(std::uint64_t uses, Bucket less) {
  Bucket bucket = free_;
  if (bucket == kNoBucket) {
    bucket = static_cast<Bucket>(buckets_.size());
    buckets_.push_back({0, kNoBucket, kNoBucket, SlotList(nodes_)});
  } else {
    free_ = buckets_[bucket].more;
  }
  const Bucket more = less == kNoBucket ? least_ : buckets_[less].more;
  buckets_[bucket] = {uses, less, more, SlotList(nodes_)};
  (less == kNoBucket ? least_ : buckets_[less].more) = bucket;
  if (more != kNoBucket) buckets_[more].less = bucket;
  return bucket;
}

void LfuPolicy::Reserve(Slot slot) {
  if (slot >= bucket_of_.size()) {
    bucket_of_.resize(std::max<std::size_t>(nodes_.capacity(), slot + std::size_t{1}), kNoBucket);
  }
  // A slot that changes its bucket is for a moment in neither.
  if (size_ + 2 > buckets_.capacity()) buckets_.reserve(2 * (size_ + 2));
}

Slot LfuPolicy::Insert(Slot slot) {
  const Slot victim = size_ >= capacity_ ? Evict() : kNoSlot;
  Reserve(slot);
  Add(slot, 1, kNoBucket);
  ++size_;
  return victim;
}

void LfuPolicy::Remove(Slot slot) {
  TakeOut(slot);
  --size_;
}

Slot LfuPolicy::Evict() {
  const Slot victim = buckets_[least_].slots.oldest();
  Remove(victim);
  return victim;
}

void LfuPolicy::Append(std::vector<Slot>* coldest_first) const {
  for (Bucket bucket = least_; bucket != kNoBucket; bucket = buckets_[bucket].more) {
    buckets_[bucket].slots.Append(coldest_first);
  }
}

void LfuPolicy::Adopt(std::span<const Slot> coldest_first) {
  std::vector<Slot> sorted(coldest_first.begin(), coldest_first.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [this](Slot a, Slot b) { return nodes_[a].uses < nodes_[b].uses; });
  Bucket last = kNoBucket;
  for (const Slot slot : sorted) {
    Reserve(slot);
    const std::uint64_t uses = nodes_[slot].uses + std::uint64_t{1};
    if (last == kNoBucket || buckets_[last].uses != uses) last = NewBucket(uses, last);
    buckets_[last].slots.AddNewest(slot);
    bucket_of_[slot] = last;
    ++size_;
  }
}

}  // namespace trimtab::runtime::cache
