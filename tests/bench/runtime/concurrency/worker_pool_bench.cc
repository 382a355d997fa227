// SPDX-License-Identifier: Apache-2.0
// Tasks a second through the worker pool and through boost::asio::thread_pool,
// by number of workers and of threads that submit; futures a second through
// Async and through std::packaged_task on asio.
#include <fmt/format.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <vector>

#include "client/runtime/concurrency/async.h"
#include "client/runtime/concurrency/worker_pool.h"
#include "tests/bench/runtime/arms.h"

namespace trimtab::runtime {
namespace {

using SteadyClock = std::chrono::steady_clock;
using bench::Arm;

constexpr int kTasks = 200'000;
constexpr int kRounds = 15;

double PerSecond(SteadyClock::time_point start) {
  return kTasks / std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Waits until as many tasks were counted.
class Countdown {
 public:
  explicit Countdown(int count) : left_(count) {}
  void Count() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_all();
  }
  void Await() const {
    for (int left = left_; left > 0; left = left_) left_.wait(left);
  }

 private:
  std::atomic<int> left_;
};

double Ours(int workers, int producers) {
  auto pool = WorkerPool::Create({.threads = workers, .queue_limit = kTasks});
  Countdown countdown(kTasks);
  const auto start = SteadyClock::now();
  bench::OnThreads(producers, [&](int) {
    for (int i = 0; i < kTasks / producers; ++i) {
      if (!(*pool)->Submit([&countdown] { countdown.Count(); }).ok()) std::abort();
    }
  });
  countdown.Await();
  return PerSecond(start);
}

double Asio(int workers, int producers) {
  boost::asio::thread_pool pool(static_cast<std::size_t>(workers));
  Countdown countdown(kTasks);
  const auto start = SteadyClock::now();
  bench::OnThreads(producers, [&](int) {
    for (int i = 0; i < kTasks / producers; ++i) {
      boost::asio::post(pool, [&countdown] { countdown.Count(); });
    }
  });
  countdown.Await();
  return PerSecond(start);
}

void Throughput() {
  fmt::print("| workers | producers | tasks/s | asio, tasks/s | ratio |\n|---|---|---|---|---|\n");
  for (const int workers : {1, 2}) {
    for (const int producers : {1, 2}) {
      std::vector<Arm> arms{{"ours", [=] { return Ours(workers, producers); }},
                            {"asio", [=] { return Asio(workers, producers); }}};
      bench::RunInterleaved(arms, kRounds);
      fmt::print("| {} | {} | {:.2f} M | {:.2f} M | {:.2f} |\n", workers, producers,
                 arms[0].Median() / 1e6, arms[1].Median() / 1e6,
                 arms[0].Median() / arms[1].Median());
    }
  }
}

double OurFutures() {
  auto pool = WorkerPool::Create({.threads = 1, .queue_limit = kTasks});
  std::vector<Future<absl::StatusOr<int>>> futures;
  futures.reserve(kTasks);
  const auto start = SteadyClock::now();
  for (int i = 0; i < kTasks; ++i) futures.push_back(Async(**pool, [i] { return i; }));
  std::int64_t sum = 0;
  for (auto& future : futures) sum += future.Get().value();
  const double rate = PerSecond(start);
  if (sum != std::int64_t{kTasks} * (kTasks - 1) / 2) std::abort();
  return rate;
}

double AsioFutures() {
  boost::asio::thread_pool pool(1);
  std::vector<std::future<int>> futures;
  futures.reserve(kTasks);
  const auto start = SteadyClock::now();
  for (int i = 0; i < kTasks; ++i) {
    std::packaged_task<int()> task([i] { return i; });
    futures.push_back(task.get_future());
    boost::asio::post(pool, std::move(task));
  }
  std::int64_t sum = 0;
  for (auto& future : futures) sum += future.get();
  const double rate = PerSecond(start);
  if (sum != std::int64_t{kTasks} * (kTasks - 1) / 2) std::abort();
  return rate;
}

void Futures() {
  std::vector<Arm> arms{{"ours", OurFutures}, {"asio", AsioFutures}};
  bench::RunInterleaved(arms, kRounds);
  fmt::print("\n| futures/s | packaged_task on asio, futures/s | ratio |\n|---|---|---|\n");
  fmt::print("| {:.2f} M | {:.2f} M | {:.2f} |\n", arms[0].Median() / 1e6, arms[1].Median() / 1e6,
             arms[0].Median() / arms[1].Median());
}

}  // namespace
}  // namespace trimtab::runtime

int main() {
  trimtab::runtime::Throughput();
  trimtab::runtime::Futures();
  return 0;
}
