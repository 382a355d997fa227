// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/worker_pool.h"

#include <exception>
#include <thread>

#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

// How often a worker without a task looks at the queue before it sleeps: some
// microseconds, the price of a sleep and a wake.
constexpr int kLooks = 20;

absl::Status CheckQueueLimit(std::int64_t limit) {
  if (limit >= 1 && limit <= WorkerPool::kMaxQueue) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument,
               "worker pool: a queue of {} tasks; from 1 to {} are allowed", limit,
               WorkerPool::kMaxQueue);
}

}  // namespace

absl::StatusOr<std::unique_ptr<WorkerPool>> WorkerPool::Create(WorkerPoolOptions options) {
  if (absl::Status status = CheckQueueLimit(options.queue_limit); !status.ok()) return status;
  const std::int64_t threads = options.threads;
  std::unique_ptr<WorkerPool> pool(new WorkerPool(std::move(options)));
  if (absl::Status status = pool->Resize(threads); !status.ok()) return status;
  return pool;
}

WorkerPool::WorkerPool(WorkerPoolOptions options)
    : on_throw_(std::move(options.on_throw)),
      clock_(options.clock != nullptr ? *options.clock : SystemClock()),
      queue_limit_(options.queue_limit),
      threads_(std::move(options.name), [this](std::int64_t number) { Work(number); }) {}

WorkerPool::~WorkerPool() {
  {
    const SpinMutexLock lock(mutex_);
    ending_ = true;
  }
  WakeAll();
  threads_.Join();
}

absl::Status WorkerPool::SubmitFated(FatedTask task, const TaskOptions& options) {
  ParkingSpot* called = nullptr;
  {
    const SpinMutexLock lock(mutex_);
    if (queue_.size() >= static_cast<std::size_t>(queue_limit())) {
      ++refused_;
      return absl::ResourceExhaustedError("the worker pool's queue is full");
    }
    ++accepted_;
    if (queue_.empty()) waiting_.store(true, std::memory_order_relaxed);
    queue_.Push({std::move(task), options.deadline, options.stop}, options.priority);
    called = Call();
  }
  if (called != nullptr) called->Wake(/*called=*/true);
  return absl::OkStatus();
}

ParkingSpot* WorkerPool::Call() {
  if (seeking_ || sleeping_.empty() || queue_.empty()) return nullptr;
  seeking_ = true;
  ParkingSpot* const spot = sleeping_.back();
  sleeping_.pop_back();
  return spot;
}

void WorkerPool::WakeAll() {
  std::vector<ParkingSpot*> all;
  {
    const SpinMutexLock lock(mutex_);
    all.swap(sleeping_);
  }
  for (ParkingSpot* spot : all) spot->Wake(/*called=*/false);
}

ParkingSpot& WorkerPool::Spot(std::int64_t number) {
  const SpinMutexLock lock(mutex_);
  while (spots_.size() <= static_cast<std::size_t>(number)) spots_.emplace_back();
  return spots_[static_cast<std::size_t>(number)];
}

void WorkerPool::Work(std::int64_t number) {
  QueuedTask task;
  while (Next(number, &task)) Run(task);
}

bool WorkerPool::Next(std::int64_t number, QueuedTask* task) {
  ParkingSpot* spot = nullptr;
  // Whether this worker is the one that seeks.
  bool seeking = false;
  bool watched = false;
  while (true) {
    if (threads_.Surplus(number) && threads_.Leave(number)) [[unlikely]] {
      ParkingSpot* next = nullptr;
      {
        const SpinMutexLock lock(mutex_);
        if (seeking) seeking_ = false;
        next = Call();
      }
      if (next != nullptr) next->Wake(/*called=*/true);
      return false;
    }
    mutex_.Lock();
    if (queue_.Pop(task)) {
      ++started_;
      if (queue_.empty()) waiting_.store(false, std::memory_order_relaxed);
      ParkingSpot* next = nullptr;
      if (seeking) {
        seeking_ = false;
        next = Call();
      }
      mutex_.Unlock();
      if (next != nullptr) next->Wake(/*called=*/true);
      return true;
    }
    if (ending_) {
      mutex_.Unlock();
      return false;
    }
    if (!watched && (seeking || !seeking_)) {
      seeking_ = seeking = watched = true;
      mutex_.Unlock();
      WatchQueue();
      continue;
    }
    // Surplus is looked at again under the mutex, which Resize() takes after it
    // has set the number: no worker sleeps through it.
    if (spot == nullptr || threads_.Surplus(number)) {
      mutex_.Unlock();
      spot = &Spot(number);
      continue;
    }
    if (seeking) seeking_ = false;
    sleeping_.push_back(spot);
    mutex_.Unlock();
    seeking = spot->Sleep();
    watched = false;
  }
}

void WorkerPool::WatchQueue() const {
  for (int look = 0; look < kLooks; ++look) {
    if (waiting_.load(std::memory_order_relaxed)) return;
    std::this_thread::yield();
  }
}

void WorkerPool::Run(QueuedTask& task) {
  Fate fate = Fate::kRun;
  if (task.stop.stop_requested()) {
    fate = Fate::kCancelled;
  } else if (Late(task.deadline)) {
    fate = Fate::kExpired;
  }
  Meet(task.run, fate);
  task.run = nullptr;
  task.stop = {};
}

void WorkerPool::Meet(FatedTask& task, Fate fate) {
  if (fate == Fate::kCancelled) cancelled_.fetch_add(1, std::memory_order_relaxed);
  if (fate == Fate::kExpired) expired_.fetch_add(1, std::memory_order_relaxed);
  try {
    task(fate);
    return;
  } catch (const std::exception& error) {
    threw_.fetch_add(1, std::memory_order_relaxed);
    if (on_throw_) on_throw_(error.what());
  } catch (...) {
    threw_.fetch_add(1, std::memory_order_relaxed);
    if (on_throw_) on_throw_("not an exception of the standard library");
  }
}

std::int64_t WorkerPool::CancelQueued() {
  TaskQueue dropped;
  {
    const SpinMutexLock lock(mutex_);
    queue_.Swap(dropped);
    started_ += static_cast<std::int64_t>(dropped.size());
    waiting_.store(false, std::memory_order_relaxed);
  }
  const auto count = static_cast<std::int64_t>(dropped.size());
  for (QueuedTask task; dropped.Pop(&task);) Meet(task.run, Fate::kCancelled);
  return count;
}

absl::Status WorkerPool::Resize(std::int64_t threads) {
  absl::Status status = threads_.Resize(threads);
  // Sleepers that are too many go.
  if (status.ok()) WakeAll();
  return status;
}

absl::Status WorkerPool::SetQueueLimit(std::int64_t limit) {
  absl::Status status = CheckQueueLimit(limit);
  if (status.ok()) queue_limit_.store(limit, std::memory_order_relaxed);
  return status;
}

WorkerPool::Stats WorkerPool::stats() const {
  Stats stats{.threads = threads(),
              .queue_limit = queue_limit(),
              .cancelled = cancelled_.load(std::memory_order_relaxed),
              .expired = expired_.load(std::memory_order_relaxed),
              .threw = threw_.load(std::memory_order_relaxed)};
  const SpinMutexLock lock(mutex_);
  stats.queued = static_cast<std::int64_t>(queue_.size());
  stats.sleeping = static_cast<std::int64_t>(sleeping_.size());
  stats.accepted = accepted_;
  stats.refused = refused_;
  stats.started = started_;
  return stats;
}

std::vector<Statistic> WorkerPool::Export() const {
  using Kind = Statistic::Kind;
  const Stats now = stats();
  const auto real = [](std::int64_t count) { return static_cast<double>(count); };
  return {
      {"worker_pool_threads", "Threads wanted.", Kind::kGauge, real(now.threads)},
      {"worker_pool_sleeping_threads", "Threads without a task.", Kind::kGauge, real(now.sleeping)},
      {"worker_pool_queue_limit_tasks", "Tasks that wait at most.", Kind::kGauge,
       real(now.queue_limit)},
      {"worker_pool_queued_tasks", "Tasks that wait.", Kind::kGauge, real(now.queued)},
      {"worker_pool_accepted_total", "Tasks queued.", Kind::kCounter, real(now.accepted)},
      {"worker_pool_refused_total", "Tasks refused as the queue was full.", Kind::kCounter,
       real(now.refused)},
      {"worker_pool_started_total", "Tasks taken from the queue.", Kind::kCounter,
       real(now.started)},
      {"worker_pool_cancelled_total", "Tasks dropped as they were cancelled.", Kind::kCounter,
       real(now.cancelled)},
      {"worker_pool_expired_total", "Tasks dropped after their deadline.", Kind::kCounter,
       real(now.expired)},
      {"worker_pool_threw_total", "Tasks that threw.", Kind::kCounter, real(now.threw)},
  };
}

}  // namespace trimtab::runtime
