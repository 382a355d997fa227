// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "client/runtime/cache/cache_policy.h"
#include "client/runtime/cache/node.h"

namespace trimtab::runtime::cache {

// The order in which the slots of one tier are given up. It decides; it frees
// nothing. The caller keeps Node::hash, uses and tier and when entries expire;
// the policy the links and the queue. Not thread-safe. A hit allocates nothing.
class Policy {
 public:
  explicit Policy(Nodes& nodes) : nodes_(nodes) {}
  virtual ~Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  virtual std::size_t size() const = 0;
  // The entry of `slot`, which the policy holds, was used.
  virtual void Hit(Slot slot) = 0;
  // Takes in `slot`, which it doesn't hold. At capacity it gives up one slot and
  // returns it, which may be `slot` itself; else kNoSlot.
  virtual Slot Insert(Slot slot) = 0;
  // Gives up `slot`, which it holds.
  virtual void Remove(Slot slot) = 0;
  // Gives up the slot that is worth least; not when empty.
  virtual Slot Evict() = 0;
  // Positive. Gives up nothing: the caller calls Evict() while there are more.
  virtual void SetCapacity(std::size_t capacity) = 0;
  // Changes when the entry of `slot`, which it holds, expires.
  virtual void SetExpiry(Slot slot, std::int64_t expires_at) {
    nodes_.SetExpiresAt(slot, expires_at);
  }
  // `to` takes the place of `from`, which it holds and whose node and expiry `to`
  // has a copy of.
  virtual void Renumber(Slot from, Slot to) = 0;
  // Appends all, in about the order in which they would be given up.
  virtual void Append(std::vector<Slot>* coldest_first) const = 0;
  // Makes room for every slot that there is, so that no hit allocates; called
  // where entries expire.
  virtual void Reserve() {}
  // Takes in slots that another policy held, no more than the capacity, as if
  // they had been used in this order and as often as Node::uses says. Only when
  // empty.
  virtual void Adopt(std::span<const Slot> coldest_first) = 0;

 protected:
  Nodes& nodes_;
};

// `policy` isn't kAuto, `capacity` is positive. `nodes` must outlive the result.
std::unique_ptr<Policy> MakePolicy(CachePolicy policy, Nodes& nodes, std::size_t capacity);

}  // namespace trimtab::runtime::cache
