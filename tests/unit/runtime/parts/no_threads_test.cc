// SPDX-License-Identifier: Apache-2.0
// Every part says so when the system gives it no thread, or not all of its
// threads, and ends as ever.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "client/runtime/batch/item_batcher.h"
#include "client/runtime/cache/cache.h"
#include "client/runtime/network/async_caller.h"
#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "client/runtime/network/request_pipeline.h"
#include "tests/support/threads.h"

namespace {

// Threads that may still be made; below 0: as many as there are.
std::atomic<int> threads_left{-1};

}  // namespace

// In place of the C library's, which it calls.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) noexcept {
  if (threads_left == 0) return EAGAIN;
  if (threads_left > 0) --threads_left;
  static const auto real =
      reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  return real(thread, attributes, start, argument);
}

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;

class NoThreadsTest : public ::testing::Test {
 protected:
  ~NoThreadsTest() override { threads_left = -1; }

  // What `create` says with each number of threads that is too small.
  template <typename Create>
  void ExpectExhausted(int needed, const Create& create) {
    for (int given = 0; given < needed; ++given) {
      threads_left = given;
      EXPECT_EQ(create().status().code(), absl::StatusCode::kResourceExhausted) << given;
    }
    threads_left = needed;
    EXPECT_TRUE(create().ok());
  }
};

TEST_F(NoThreadsTest, AConnectionPool) {
  FramedTransport transport("127.0.0.1:9");
  ExpectExhausted(4, [&] {
    return ConnectionPool<Connection>::Create(
        {.max_opening = 3}, [&](MonotonicTime deadline) { return transport.Open(deadline); });
  });
}

TEST_F(NoThreadsTest, ARequestPipeline) {
  FramedTransport transport("127.0.0.1:9");
  ExpectExhausted(2, [&] { return RequestPipeline::Create(transport); });
}

TEST_F(NoThreadsTest, AnAsyncCaller) {
  ExpectExhausted(3, [] {
    return AsyncCaller::Create({.threads = 3}, [](const std::string& request, MonotonicTime) {
      return absl::StatusOr<std::string>(request);
    });
  });
}

TEST_F(NoThreadsTest, AFramedServer) {
  ExpectExhausted(1, [] { return FramedServer::Start({}, [](std::string, const Reply&) {}); });
}

TEST_F(NoThreadsTest, AnItemBatcher) {
  ExpectExhausted(3, [] {
    return ItemBatcher<int>::Create({.threads = 3}, [](std::vector<int>& items) {
      return std::vector<absl::Status>(items.size());
    });
  });
}

TEST_F(NoThreadsTest, ALoadOfACacheIsRefusedOrWaitsForAThreadThatThereIs) {
  const auto cache = Cache<int, int>::Create({.load_threads = 2}).value();
  const auto far = SystemClock().Now() + 60s;
  const auto echo = [](const int& key, const std::stop_token&) { return absl::StatusOr<int>(key); };
  threads_left = 0;
  EXPECT_EQ(cache->GetOrLoad(1, echo, {.deadline = far}).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(cache->WarmUp({1, 2}, echo, {.concurrency = 2}).status().code(),
            absl::StatusCode::kResourceExhausted);
  threads_left = -1;
  Gate begun;
  Gate gate;
  auto first = std::async(std::launch::async, [&] {
    return cache->GetOrLoad(1,
                            [&](const int& key, const std::stop_token&) {
                              begun.Open();
                              gate.Pass();
                              return absl::StatusOr<int>(key);
                            },
                            {.deadline = far});
  });
  begun.Pass();
  threads_left = 0;
  // Taken, though it has no time to wait for the one thread.
  EXPECT_EQ(cache->GetOrLoad(2, echo, {.deadline = SystemClock().Now()}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  gate.Open();
  EXPECT_EQ(*first.get(), 1);
}

}  // namespace
}  // namespace trimtab::runtime
