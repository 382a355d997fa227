// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>

#include "daemon/base/clock.h"

namespace trimtab {
namespace {

TEST(OwnedThreadTest, ItsEndIsAskedForAndWaitedForByItsOwner) {
  std::atomic<bool> ended = false;
  {
    const OwnedThread thread("waiter", [&ended](std::stop_token stop) {
      Mutex mutex;
      CondVar stopped;
      const std::stop_callback wake(stop, [&] {
        const MutexLock lock(mutex);
        stopped.NotifyAll();
      });
      const MutexLock lock(mutex);
      while (!stop.stop_requested()) stopped.Wait(mutex);
      ended = true;
    });
  }
  EXPECT_TRUE(ended);
}

TEST(OwnedThreadTest, BearsItsNameCutToWhatTheSystemShows) {
  std::string name;
  OwnedThread thread("a-name-that-is-too-long", [&name](std::stop_token) {
    char buffer[16] = {};
    pthread_getname_np(pthread_self(), buffer, sizeof(buffer));
    name = buffer;
  });
  thread.Join();
  EXPECT_EQ(name, "a-name-that-is-");
  EXPECT_FALSE(thread.Joinable());
}

TEST(SystemClockTest, AWaitEndsAtItsDeadline) {
  Clock& clock = SystemClock();
  Mutex mutex;
  CondVar never;
  const MonotonicTime deadline = clock.Now() + std::chrono::milliseconds(1);
  const MutexLock lock(mutex);
  while (clock.Now() < deadline) clock.WaitUntil(never, mutex, deadline);
  EXPECT_GE(clock.Now(), deadline);
}

}  // namespace
}  // namespace trimtab
