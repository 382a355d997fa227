// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/runtime/network/connection.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// A peer in memory that answers when the test lets it. Thread-safe; must outlive
// its connections.
class FakeTransport final : public Transport {
 public:
  using Answers = std::function<absl::StatusOr<std::string>(const std::string& request)>;

  explicit FakeTransport(Clock& clock, Answers answers = {})
      : clock_(clock), answers_(std::move(answers)) {}

  absl::StatusOr<std::unique_ptr<Connection>> Open(MonotonicTime) override {
    const MutexLock lock(mutex_);
    ++opened_;
    if (!open_status_.ok()) return open_status_;
    return std::make_unique<Link>(*this);
  }

  // Lets so many more requests be answered.
  void Allow(std::int64_t answers) {
    const MutexLock lock(mutex_);
    allowed_ += answers;
    changed_.NotifyAll();
  }
  void FailOpening(absl::Status status) {
    const MutexLock lock(mutex_);
    open_status_ = std::move(status);
  }
  // Breaks all connections that are open.
  void Cut() {
    const MutexLock lock(mutex_);
    ++cuts_;
    changed_.NotifyAll();
  }
  std::vector<std::string> received() const {
    const MutexLock lock(mutex_);
    return received_;
  }
  void AwaitReceived(std::size_t count) const {
    const MutexLock lock(mutex_);
    while (received_.size() < count) changed_.Wait(mutex_);
  }
  int opened() const {
    const MutexLock lock(mutex_);
    return opened_;
  }

 private:
  class Link final : public Connection {
   public:
    explicit Link(FakeTransport& peer) : peer_(peer), cuts_(peer.cuts_) {}

    absl::Status Send(std::string_view request, MonotonicTime) override {
      const MutexLock lock(peer_.mutex_);
      if (Cut()) return absl::UnavailableError("cut");
      if (request == "too large") return absl::InvalidArgumentError("too large");
      peer_.received_.emplace_back(request);
      pending_.emplace_back(request);
      peer_.changed_.NotifyAll();
      return absl::OkStatus();
    }
    absl::StatusOr<std::string> Receive(MonotonicTime deadline) override {
      const MutexLock lock(peer_.mutex_);
      const std::string request = std::move(pending_.front());
      pending_.pop_front();
      while (!Cut() && peer_.allowed_ == 0 && peer_.clock_.Now() < deadline) {
        peer_.clock_.WaitUntil(peer_.changed_, peer_.mutex_, deadline);
      }
      if (Cut()) return absl::UnavailableError("cut");
      if (peer_.allowed_ == 0) return absl::DeadlineExceededError("slow");
      --peer_.allowed_;
      return peer_.answers_ ? peer_.answers_(request) : "re " + request;
    }
    bool Usable() const override {
      const MutexLock lock(peer_.mutex_);
      return !Cut();
    }
    bool Healthy() const override { return Usable(); }
    void Break() override {
      const MutexLock lock(peer_.mutex_);
      broken_ = true;
      peer_.changed_.NotifyAll();
    }

   private:
    bool Cut() const { return broken_ || cuts_ != peer_.cuts_; }

    FakeTransport& peer_;
    const int cuts_;
    bool broken_ = false;
    std::deque<std::string> pending_;
  };

  Clock& clock_;
  const Answers answers_;
  mutable Mutex mutex_;
  mutable CondVar changed_;
  std::int64_t allowed_ = 0;
  int opened_ = 0;
  int cuts_ = 0;
  absl::Status open_status_;
  std::vector<std::string> received_;
};

}  // namespace trimtab::runtime
