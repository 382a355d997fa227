// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/host_link.h"

namespace trimtab {

// Keeps what a collector brings. Thread-safe.
class CollectingSink final : public WindowSink {
 public:
  void OnWindow(HostWindow window) override {
    Change([&] { windows_.push_back(std::move(window)); });
  }
  void OnMalformedWindow(const std::string& reason) override {
    Change([&] { malformed_.push_back(reason); });
  }
  void OnStream(const char* call, const absl::Status& status) override {
    Change([&] {
      streams_.push_back(status);
      calls_.push_back(call);
    });
  }

  bool WantsWindows() const override { return wants_; }
  void SetWants(bool wants) { wants_ = wants; }

  // Each waits until there are so many, and returns them all.
  std::vector<HostWindow> Windows(std::size_t count) { return AtLeast(windows_, count); }
  std::vector<std::string> Malformed(std::size_t count) { return AtLeast(malformed_, count); }
  std::vector<absl::Status> Streams(std::size_t count) { return AtLeast(streams_, count); }
  // The calls that brought those streams.
  std::vector<std::string> Calls(std::size_t count) { return AtLeast(calls_, count); }
  // Waits a moment for it.
  bool HasWindows(std::size_t count) {
    const MutexLock lock(mutex_);
    if (windows_.size() < count) {
      changed_.WaitUntil(mutex_, std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
    }
    return windows_.size() >= count;
  }

 private:
  template <typename Work>
  void Change(const Work& work) {
    const MutexLock lock(mutex_);
    work();
    changed_.NotifyAll();
  }
  template <typename T>
  std::vector<T> AtLeast(const std::vector<T>& list, std::size_t count) {
    const MutexLock lock(mutex_);
    while (list.size() < count) changed_.Wait(mutex_);
    return list;
  }

  std::atomic<bool> wants_ = true;
  Mutex mutex_;
  CondVar changed_;
  std::vector<HostWindow> windows_;
  std::vector<std::string> malformed_;
  std::vector<absl::Status> streams_;
  std::vector<std::string> calls_;
};

}  // namespace trimtab
