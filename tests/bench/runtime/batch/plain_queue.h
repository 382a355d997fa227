// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace trimtab::runtime {

// The peer: the queue that one writes in ten minutes, a deque under a mutex with
// a condition variable. One thread handles what it finds, `size` at most, as soon
// as there is any. Thread-safe.
template <typename Item>
class PlainQueue {
 public:
  using Handler = std::function<void(std::vector<Item>&)>;

  PlainQueue(std::size_t size, Handler handler)
      : size_(size), handler_(std::move(handler)), thread_([this] { Work(); }) {}
  ~PlainQueue() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void Add(Item item) {
    {
      const std::scoped_lock lock(mutex_);
      queue_.push_back(std::move(item));
    }
    changed_.notify_one();
  }

 private:
  void Work() {
    while (true) {
      std::vector<Item> batch;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
        if (queue_.empty()) return;
        while (!queue_.empty() && batch.size() < size_) {
          batch.push_back(std::move(queue_.front()));
          queue_.pop_front();
        }
      }
      handler_(batch);
    }
  }

  const std::size_t size_;
  const Handler handler_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace trimtab::runtime
