// SPDX-License-Identifier: Apache-2.0
#include "client/host/asymmetric_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace trimtab::host {
namespace {

bool Barrier(int command) { return syscall(SYS_membarrier, command, 0, 0) == 0; }

}  // namespace

AsymmetricFence AsymmetricFence::OfThisMachine() {
  // A sandbox may allow the one and not the other, so both are tried.
  static const bool offered = Barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
                              Barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  return AsymmetricFence(offered);
}

void AsymmetricFence::Await() const {
  if (!by_kernel_ || Barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return;
  // A call that once worked and now fails means that a sandbox was put around
  // the running process. No processor holds a store back for anything near as
  // long as this.
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace trimtab::host
