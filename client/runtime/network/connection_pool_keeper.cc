// SPDX-License-Identifier: Apache-2.0
// The pool's upkeep of idle connections, and its numbers.
#include <algorithm>
#include <utility>

#include "client/runtime/network/connection_pool_base.h"

namespace trimtab::runtime {

void ConnectionPoolBase::KeepLoop(const std::stop_token& stop) {
  while (true) {
    {
      const MutexLock lock(mutex_);
      const MonotonicTime wake = NextCheck();
      while (!stop.stop_requested() && clock_.Now() < wake) {
        if (wake == MonotonicTime::max()) {
          keeper_wake_.Wait(mutex_);
        } else {
          clock_.WaitUntil(keeper_wake_, mutex_, wake);
        }
      }
    }
    if (stop.stop_requested()) return;
    CheckIdle(stop);
  }
}

MonotonicTime ConnectionPoolBase::NextCheck() const {
  // What isn't idle yet can't be over a limit sooner than this.
  Duration every = options_.check_every > Duration() ? options_.check_every : Duration::max();
  if (options_.idle_limit > Duration()) every = std::min(every, options_.idle_limit);
  if (options_.lifetime_limit > Duration()) every = std::min(every, options_.lifetime_limit);
  const MonotonicTime now = clock_.Now();
  MonotonicTime next = every < MonotonicTime::max() - now ? now + every : MonotonicTime::max();
  for (const PoolEntry& entry : idle_) {
    next = std::min(next, entry.retire_at);
    if (options_.idle_limit > Duration()) {
      next = std::min(next, entry.idle_since + options_.idle_limit);
    }
  }
  return next;
}

void ConnectionPoolBase::CheckIdle(const std::stop_token& stop) {
  std::size_t left = 0;
  {
    const MutexLock lock(mutex_);
    left = idle_.size();
  }
  // One at a time from the front, so that all others stay free to be lent; one
  // that passes goes to the back, and after a whole round their order is as it
  // was.
  for (; left > 0 && !stop.stop_requested(); --left) {
    PoolEntry entry;
    {
      const MutexLock lock(mutex_);
      if (idle_.empty()) return;
      entry = std::move(idle_.front());
      idle_.pop_front();
      ++lent_;
      if (Expired(entry, clock_.Now())) {
        --lent_;
        if (ShouldOpen()) opener_wake_.NotifyOne();
        continue;
      }
    }
    const bool healthy = entry.connection->Healthy();
    Closing closing;
    const MutexLock lock(mutex_);
    --lent_;
    if (healthy) {
      Place(std::move(entry), &closing);
    } else {
      ++counted_.closed_unhealthy;
      closing.push_back(std::move(entry));
      if (ShouldOpen()) opener_wake_.NotifyOne();
    }
  }
}

ConnectionPoolStats ConnectionPoolBase::stats() const {
  const MutexLock lock(mutex_);
  ConnectionPoolStats stats = counted_;
  stats.size = size_;
  stats.idle = static_cast<std::int64_t>(idle_.size());
  stats.lent = lent_;
  stats.opening = opening_;
  stats.waiting = static_cast<std::int64_t>(waiters_.size());
  return stats;
}

std::vector<Statistic> Export(const ConnectionPoolStats& stats) {
  const auto gauge = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kGauge, static_cast<double>(value)};
  };
  const auto counter = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kCounter, static_cast<double>(value)};
  };
  return {
      gauge("connection_pool_size", "Connections allowed.", stats.size),
      gauge("connection_pool_idle", "Connections that are free.", stats.idle),
      gauge("connection_pool_lent", "Connections in use.", stats.lent),
      gauge("connection_pool_opening", "Connections being opened.", stats.opening),
      gauge("connection_pool_waiting", "Callers that wait for a connection.", stats.waiting),
      counter("connection_pool_leases_total", "Connections lent.", stats.leases),
      counter("connection_pool_timeouts_total", "Callers that got none in time.", stats.timeouts),
      counter("connection_pool_refused_total", "Callers refused as too many waited.",
              stats.refused),
      counter("connection_pool_opened_total", "Connections opened.", stats.opened),
      counter("connection_pool_open_failures_total", "Attempts to open that failed.",
              stats.open_failures),
      counter("connection_pool_closed_idle_total", "Closed after too long without use.",
              stats.closed_idle),
      counter("connection_pool_closed_lifetime_total", "Closed because of their age.",
              stats.closed_lifetime),
      counter("connection_pool_closed_unhealthy_total", "Closed because they were broken.",
              stats.closed_unhealthy),
      counter("connection_pool_closed_shrink_total", "Closed because the pool shrank.",
              stats.closed_shrink),
      {"connection_pool_wait_seconds_total", "Time that callers waited for a connection.",
       Statistic::Kind::kCounter, std::chrono::duration<double>(stats.waited).count()},
  };
}

}  // namespace trimtab::runtime
