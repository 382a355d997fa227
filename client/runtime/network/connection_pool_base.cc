// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/connection_pool_base.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "client/runtime/start_thread.h"
#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

constexpr Duration kFirstBackoff = std::chrono::milliseconds(10);
constexpr Duration kLastBackoff = std::chrono::seconds(1);
constexpr double kLifetimeJitter = 0.1;

absl::Status CheckSize(std::int64_t size) {
  if (size >= 1 && size <= ConnectionPoolOptions::kMaxSize) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument,
               "a connection pool of {} connections; allowed: 1 to {}", size,
               ConnectionPoolOptions::kMaxSize);
}

}  // namespace

absl::Status Validate(const ConnectionPoolOptions& options) {
  if (absl::Status size = CheckSize(options.size); !size.ok()) return size;
  for (const Duration limit : {options.idle_limit, options.lifetime_limit, options.check_every}) {
    if (limit >= Duration() && limit <= ConnectionPoolOptions::kMaxLimit) continue;
    return Error(absl::StatusCode::kInvalidArgument,
                 "a limit of a connection pool is {} ns; allowed: from 0, up to a year",
                 limit.count());
  }
  if (options.open_timeout <= Duration() ||
      options.open_timeout > ConnectionPoolOptions::kMaxOpenTimeout) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "a connection pool's open_timeout is {} ns; allowed: above 0, up to an hour",
                 options.open_timeout.count());
  }
  if (options.max_waiting < 0) {
    return absl::InvalidArgumentError("max_waiting of a connection pool is negative");
  }
  if (options.max_opening < 1 || options.max_opening > ConnectionPoolOptions::kMaxOpening) {
    return Error(absl::StatusCode::kInvalidArgument, "max_opening is {}; allowed: 1 to {}",
                 options.max_opening, ConnectionPoolOptions::kMaxOpening);
  }
  return absl::OkStatus();
}

ConnectionPoolBase::ConnectionPoolBase(const ConnectionPoolOptions& options, OpenAny open)
    : options_(options),
      open_(std::move(open)),
      clock_(options.clock != nullptr ? *options.clock : SystemClock()),
      size_(options.size),
      random_(options.seed) {}

absl::Status ConnectionPoolBase::Start() {
  for (int i = 0; i <= options_.max_opening; ++i) {
    const bool opens = i < options_.max_opening;
    absl::StatusOr<OwnedThread> thread = StartThread(
        opens ? "pool-opener" : "pool-keeper",
        [this, opens](const std::stop_token& stop) { opens ? OpenLoop(stop) : KeepLoop(stop); });
    if (!thread.ok()) return thread.status();
    threads_.push_back(*std::move(thread));
  }
  return absl::OkStatus();
}

ConnectionPoolBase::~ConnectionPoolBase() {
  for (OwnedThread& thread : threads_) thread.RequestStop();
  {
    // Not between a thread's look at its token and its wait.
    const MutexLock lock(mutex_);
    opener_wake_.NotifyAll();
    keeper_wake_.NotifyAll();
  }
  for (OwnedThread& thread : threads_) thread.Join();
}

absl::StatusOr<PoolEntry> ConnectionPoolBase::TakeEntry(MonotonicTime deadline) {
  // Who got an unhealthy one keeps its place in the line.
  for (bool first = false;; first = true) {
    PoolEntry entry;
    bool ask = false;
    {
      const MutexLock lock(mutex_);
      if (idle_.empty() || (!waiters_.empty() && !first)) {
        if (absl::Status waited = Wait(deadline, first, &entry); !waited.ok()) return waited;
        ++counted_.leases;
        return entry;
      }
      entry = std::move(idle_.back());
      idle_.pop_back();
      ++lent_;
      const MonotonicTime now = clock_.Now();
      if (!Expired(entry, now)) {
        ask = now - entry.idle_since >= options_.check_every;
        if (!ask) {
          ++counted_.leases;
          return entry;
        }
      }
    }
    const bool healthy = ask && entry.connection->Healthy();
    {
      const MutexLock lock(mutex_);
      if (healthy) {
        ++counted_.leases;
        return entry;
      }
      if (ask) ++counted_.closed_unhealthy;
      --lent_;
      if (ShouldOpen()) opener_wake_.NotifyOne();
    }
  }
}

bool ConnectionPoolBase::TakeFree(PoolEntry* entry) {
  while (true) {
    {
      const MutexLock lock(mutex_);
      if (!waiters_.empty() || idle_.empty()) return false;
    }
    // Somebody else may take it meanwhile; then there is no time to wait.
    absl::StatusOr<PoolEntry> taken = TakeEntry(MonotonicTime::min());
    if (!taken.ok()) return false;
    *entry = *std::move(taken);
    return true;
  }
}

absl::Status ConnectionPoolBase::Wait(MonotonicTime deadline, bool first, PoolEntry* entry) {
  const MonotonicTime start = clock_.Now();
  if (start >= deadline) {
    if (deadline != MonotonicTime::min()) ++counted_.timeouts;
    return Late();
  }
  if (!first && static_cast<std::int64_t>(waiters_.size()) >= options_.max_waiting) {
    ++counted_.refused;
    return Error(absl::StatusCode::kResourceExhausted, "{} wait for a connection already",
                 waiters_.size());
  }
  Waiter waiter;
  const auto place = waiters_.insert(first ? waiters_.begin() : waiters_.end(), &waiter);
  if (ShouldOpen()) opener_wake_.NotifyOne();
  while (!waiter.served && clock_.Now() < deadline) {
    clock_.WaitUntil(waiter.ready, mutex_, deadline);
  }
  counted_.waited += clock_.Now() - start;
  if (!waiter.served) {
    waiters_.erase(place);
    ++counted_.timeouts;
    return Late();
  }
  if (!waiter.failure.ok()) return waiter.failure;
  *entry = std::move(waiter.entry);
  return absl::OkStatus();
}

absl::Status ConnectionPoolBase::Late() const {
  return Error(absl::StatusCode::kDeadlineExceeded,
               "no connection was free in time: of {} {} are lent, {} being opened, {} callers "
               "wait{}{}",
               size_, lent_, opening_, waiters_.size(),
               last_error_.ok() ? "" : "; opening failed last with: ", Message(last_error_));
}

void ConnectionPoolBase::Give(PoolEntry entry, bool keep) {
  const bool healthy = keep && entry.connection->Healthy();
  Closing closing;
  const MutexLock lock(mutex_);
  --lent_;
  const MonotonicTime now = clock_.Now();
  entry.idle_since = now;
  if (!healthy) {
    ++counted_.closed_unhealthy;
    closing.push_back(std::move(entry));
  } else if (Expired(entry, now)) {
    closing.push_back(std::move(entry));
  } else {
    Place(std::move(entry), &closing);
  }
  if (ShouldOpen()) opener_wake_.NotifyOne();
}

void ConnectionPoolBase::Place(PoolEntry entry, Closing* closing) {
  if (total() >= size_) {
    ++counted_.closed_shrink;
    closing->push_back(std::move(entry));
    return;
  }
  if (waiters_.empty()) {
    idle_.push_back(std::move(entry));
    return;
  }
  Waiter& next = *waiters_.front();
  waiters_.pop_front();
  next.entry = std::move(entry);
  next.served = true;
  ++lent_;
  next.ready.NotifyOne();
}

bool ConnectionPoolBase::Expired(const PoolEntry& entry, MonotonicTime now) {
  if (now >= entry.retire_at) {
    ++counted_.closed_lifetime;
    return true;
  }
  if (options_.idle_limit > Duration() && now - entry.idle_since >= options_.idle_limit) {
    ++counted_.closed_idle;
    return true;
  }
  return false;
}

absl::Status ConnectionPoolBase::Resize(std::int64_t size) {
  if (absl::Status valid = CheckSize(size); !valid.ok()) return valid;
  Closing closing;
  const MutexLock lock(mutex_);
  size_ = size;
  while (total() > size_ && !idle_.empty()) {
    ++counted_.closed_shrink;
    closing.push_back(std::move(idle_.front()));
    idle_.pop_front();
  }
  if (ShouldOpen()) opener_wake_.NotifyAll();
  return absl::OkStatus();
}

std::int64_t ConnectionPoolBase::size() const {
  const MutexLock lock(mutex_);
  return size_;
}

bool ConnectionPoolBase::ShouldOpen() const {
  return total() < size_ &&
         (options_.keep_full || static_cast<std::int64_t>(waiters_.size()) > opening_);
}

absl::StatusOr<std::unique_ptr<Poolable>> ConnectionPoolBase::OpenOne() const {
  try {
    absl::StatusOr<std::unique_ptr<Poolable>> opened = open_(clock_.Now() + options_.open_timeout);
    if (opened.ok() && *opened == nullptr) return absl::InternalError("there was no connection");
    return opened;
  } catch (const std::exception& error) {
    return absl::UnknownError(error.what());
  } catch (...) {
    return absl::UnknownError("what was thrown is no std::exception");
  }
}

void ConnectionPoolBase::OpenLoop(const std::stop_token& stop) {
  while (true) {
    {
      const MutexLock lock(mutex_);
      while (!stop.stop_requested()) {
        if (!ShouldOpen()) {
          opener_wake_.Wait(mutex_);
        } else if (clock_.Now() < open_after_) {
          clock_.WaitUntil(opener_wake_, mutex_, open_after_);
        } else {
          break;
        }
      }
      if (stop.stop_requested()) return;
      ++opening_;
      if (ShouldOpen()) opener_wake_.NotifyOne();
    }
    absl::StatusOr<std::unique_ptr<Poolable>> opened = OpenOne();
    Closing closing;
    const MutexLock lock(mutex_);
    --opening_;
    if (opened.ok()) {
      OnOpened(*std::move(opened), &closing);
    } else {
      OnOpenFailed(opened.status());
    }
  }
}

void ConnectionPoolBase::OnOpened(std::unique_ptr<Poolable> connection, Closing* closing) {
  ++counted_.opened;
  backoff_ = Duration();
  last_error_ = absl::OkStatus();
  if (clock_.Now() < open_after_) {
    // No reason to wait any longer.
    open_after_ = MonotonicTime();
    opener_wake_.NotifyAll();
  }
  PoolEntry entry{std::move(connection), MonotonicTime::max(), clock_.Now()};
  if (options_.lifetime_limit > Duration()) {
    const double share = 1 - kLifetimeJitter * random_.Uniform();
    entry.retire_at =
        entry.idle_since + std::chrono::duration_cast<Duration>(options_.lifetime_limit * share);
  }
  Place(std::move(entry), closing);
}

void ConnectionPoolBase::OnOpenFailed(absl::Status error) {
  ++counted_.open_failures;
  last_error_ = std::move(error);
  backoff_ = std::clamp(backoff_ * 2, kFirstBackoff, kLastBackoff);
  open_after_ = clock_.Now() + backoff_;
  // While others are lent or being opened there is hope for those who wait.
  if (total() > 0) return;
  for (Waiter* waiter : waiters_) {
    waiter->failure =
        Error(absl::StatusCode::kUnavailable, "can't open a connection: {}", Message(last_error_));
    waiter->served = true;
    waiter->ready.NotifyOne();
  }
  waiters_.clear();
}

}  // namespace trimtab::runtime
