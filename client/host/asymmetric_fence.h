// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace trimtab::host {

// Orders a store before a later load between a side that does it all the time
// and one that seldom does, at the cost of the seldom one. "Asymmetric fences",
// David Goldblatt, P1202R5; on Linux membarrier(2), which makes every running
// thread of the process pass a full barrier.
//
//   often:  Enter(flag, 1); load(x)        seldom: store(x); Await(); load(flag)
//
// At least one of the two loads sees the other side's store. Where the kernel
// doesn't offer the call, the frequent side pays for a full barrier instead.
// A value; all equal ones work together.
class AsymmetricFence {
 public:
  // What this machine can do. The first call registers the process with the
  // kernel.
  static AsymmetricFence OfThisMachine();
  // Leaves the barrier with the frequent side.
  static AsymmetricFence Symmetric() { return AsymmetricFence(false); }

  // The frequent side: stores `value`; loads that follow are not done before.
  template <typename T>
  void Enter(std::atomic<T>& flag, T value) const {
    if (by_kernel_) [[likely]] {
      flag.store(value, std::memory_order_relaxed);
      // Keeps only the compiler from reordering; Await() does it for the CPU.
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      flag.exchange(value, std::memory_order_seq_cst);
    }
  }

  // The seldom side, after stores that are sequentially consistent. Some
  // microseconds.
  void Await() const;

 private:
  explicit AsymmetricFence(bool by_kernel) : by_kernel_(by_kernel) {}

  bool by_kernel_;
};

}  // namespace trimtab::host
