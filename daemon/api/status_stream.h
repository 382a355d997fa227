// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "daemon/base/mutex.h"

namespace trimtab {

class StreamSet;

// A stream of which only the newest message counts: whoever reads slowly misses
// the ones between, and costs one message of memory. No thread waits for it.
class LatestStreamBase {
 public:
  virtual ~LatestStreamBase() = default;
  // There may be something new.
  virtual void Pump() = 0;
  virtual void End() = 0;
};

// The streams of a server, to wake or end them all. Thread-safe.
class StreamSet {
 public:
  void PumpAll() {
    const MutexLock lock(mutex_);
    for (LatestStreamBase* stream : streams_) stream->Pump();
  }
  void EndAll() {
    const MutexLock lock(mutex_);
    ended_ = true;
    for (LatestStreamBase* stream : streams_) stream->End();
  }
  void Add(LatestStreamBase* stream) {
    const MutexLock lock(mutex_);
    streams_.insert(stream);
    if (ended_) {
      stream->End();
    } else {
      stream->Pump();
    }
  }
  void Remove(LatestStreamBase* stream) {
    const MutexLock lock(mutex_);
    streams_.erase(stream);
  }

 private:
  Mutex mutex_;
  std::set<LatestStreamBase*> streams_ TRIMTAB_GUARDED_BY(mutex_);
  bool ended_ TRIMTAB_GUARDED_BY(mutex_) = false;
};

// Sends what `next` gives; nothing while there is no news.
template <typename Message>
class LatestStream final : public grpc::ServerWriteReactor<Message>, public LatestStreamBase {
 public:
  using Next = std::function<std::optional<Message>()>;
  LatestStream(StreamSet& set, Next next) : set_(set), next_(std::move(next)) {}

  void Pump() override {
    const MutexLock lock(mutex_);
    PumpLocked();
  }
  void End() override {
    const MutexLock lock(mutex_);
    FinishLocked(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the daemon is ending"));
  }
  void OnWriteDone(bool ok) override {
    const MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) return FinishLocked(grpc::Status::CANCELLED);
    PumpLocked();
  }
  void OnCancel() override {
    const MutexLock lock(mutex_);
    FinishLocked(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    set_.Remove(this);
    delete this;
  }

 private:
  void PumpLocked() TRIMTAB_REQUIRES(mutex_) {
    if (writing_ || finished_) return;
    std::optional<Message> message = next_();
    if (!message) return;
    message_ = *std::move(message);
    writing_ = true;
    this->StartWrite(&message_);
  }
  void FinishLocked(const grpc::Status& status) TRIMTAB_REQUIRES(mutex_) {
    if (!std::exchange(finished_, true)) this->Finish(status);
  }

  StreamSet& set_;
  const Next next_;
  Mutex mutex_;
  bool writing_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool finished_ TRIMTAB_GUARDED_BY(mutex_) = false;
  Message message_;
};

// A stream that ends before it begins.
template <typename Message>
class RefusedStream final : public grpc::ServerWriteReactor<Message> {
 public:
  explicit RefusedStream(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

// The same for a stream that would be read.
template <typename Message>
class RefusedReading final : public grpc::ServerReadReactor<Message> {
 public:
  explicit RefusedReading(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace trimtab
