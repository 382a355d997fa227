// SPDX-License-Identifier: Apache-2.0
#include "client/host/metrics_stream.h"

#include "client/host/codec.h"

namespace trimtab::host {

// One call. gRPC never runs a reaction inside StartWrite() or Finish(), so both
// may be called under the mutexes.
class MetricsStreams::Stream final : public grpc::ServerWriteReactor<v1::StreamMetricsResponse> {
 public:
  Stream(MetricsStreams& owner, std::int64_t sent) : owner_(owner), sent_(sent) {}

  void Pump() {
    MutexLock lock(mutex_);
    if (writing_ || finished_) return;
    const WindowLog::Entry next = owner_.log_.NextAfter(sent_);
    if (next == nullptr) return;
    sent_ = next->sequence;
    *message_.mutable_snapshot() = EncodeWindow(*next, owner_.boot_id_);
    writing_ = true;
    StartWrite(&message_);
  }

  void End(const grpc::Status& status) {
    MutexLock lock(mutex_);
    if (finished_) return;
    finished_ = true;
    Finish(status);
  }

  void OnWriteDone(bool ok) override {
    {
      MutexLock lock(mutex_);
      writing_ = false;
    }
    if (ok) {
      Pump();
    } else {
      End(grpc::Status(grpc::StatusCode::CANCELLED, "the reader is gone"));
    }
  }

  void OnCancel() override { End(grpc::Status::CANCELLED); }

  void OnDone() override {
    owner_.Remove(this);
    delete this;
  }

 private:
  MetricsStreams& owner_;
  Mutex mutex_;
  std::int64_t sent_ TRIMTAB_GUARDED_BY(mutex_);
  bool writing_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool finished_ TRIMTAB_GUARDED_BY(mutex_) = false;
  // Belongs to gRPC while `writing_`.
  v1::StreamMetricsResponse message_;
};

grpc::ServerWriteReactor<v1::StreamMetricsResponse>* MetricsStreams::Open(
    const v1::StreamMetricsRequest& request) {
  // A number not reached yet is of a process before this one.
  const std::int64_t newest = log_.newest();
  const std::int64_t after = request.after_sequence();
  auto* stream = new Stream(*this, after > 0 && after <= newest ? after : newest);
  MutexLock lock(mutex_);
  const bool full = streams_.size() >= kMaxStreams;
  streams_.insert(stream);
  if (closed_) {
    stream->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the host stops"));
  } else if (full) {
    stream->End(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many streams are open"));
  } else {
    stream->Pump();
  }
  return stream;
}

void MetricsStreams::OnWindow() {
  MutexLock lock(mutex_);
  for (Stream* stream : streams_) stream->Pump();
}

void MetricsStreams::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  for (Stream* stream : streams_) {
    stream->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the host stops"));
  }
}

void MetricsStreams::Remove(Stream* stream) {
  MutexLock lock(mutex_);
  streams_.erase(stream);
}

}  // namespace trimtab::host
