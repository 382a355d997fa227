// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/connection_pool.h"

#include <unistd.h>

#include <utility>

namespace trimtab::runtime {

ConnectionPool::ConnectionPool(std::int64_t size, Open open) : open_(std::move(open)), size_(size) {
  Fill();
}

ConnectionPool::~ConnectionPool() {
  const MutexLock lock(mutex_);
  for (const int connection : idle_) close(connection);
}

void ConnectionPool::Fill() {
  while (true) {
    {
      const MutexLock lock(mutex_);
      if (total_ >= size_) return;
      ++total_;
    }
    // Under no lock: opening may take its time.
    const int connection = open_();
    const MutexLock lock(mutex_);
    if (connection < 0) {
      --total_;
      return;
    }
    // The pool may have shrunk meanwhile.
    if (total_ > size_) {
      close(connection);
      --total_;
      return;
    }
    idle_.push_back(connection);
    changed_.NotifyAll();
  }
}

std::vector<int> ConnectionPool::Take(std::size_t wanted,
                                      std::chrono::steady_clock::time_point deadline) {
  bool missing = false;
  {
    const MutexLock lock(mutex_);
    missing = total_ < size_;
  }
  if (missing) Fill();
  const MutexLock lock(mutex_);
  while (idle_.empty() && std::chrono::steady_clock::now() < deadline) {
    changed_.WaitUntil(mutex_, deadline);
  }
  std::vector<int> taken;
  while (!idle_.empty() && taken.size() < wanted) {
    taken.push_back(idle_.back());
    idle_.pop_back();
  }
  return taken;
}

void ConnectionPool::Give(int connection, bool healthy) {
  {
    const MutexLock lock(mutex_);
    if (healthy && total_ <= size_) {
      idle_.push_back(connection);
      changed_.NotifyAll();
      return;
    }
    close(connection);
    --total_;
  }
  // Somebody may be waiting for the one that takes its place.
  Fill();
}

absl::Status ConnectionPool::Resize(std::int64_t size) {
  if (size < 1 || size > kMaxSize) {
    return absl::InvalidArgumentError("a connection pool holds from 1 to 10000 connections");
  }
  {
    const MutexLock lock(mutex_);
    size_ = size;
    while (total_ > size_ && !idle_.empty()) {
      close(idle_.back());
      idle_.pop_back();
      --total_;
    }
  }
  Fill();
  return absl::OkStatus();
}

}  // namespace trimtab::runtime
