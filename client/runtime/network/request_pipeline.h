// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "client/runtime/network/connection.h"
#include "client/runtime/statistic.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

struct RequestPipelineOptions {
  static constexpr std::int64_t kMaxDepth = 10000;
  static constexpr Duration kMaxOpenTimeout = std::chrono::hours(1);

  // Requests sent and not yet answered, at most; 1 to kMaxDepth.
  std::int64_t depth = 10;
  // Requests that wait to be sent, at most; from 1.
  std::size_t queue_limit = 10000;
  // How long opening a connection may take; above zero, up to kMaxOpenTimeout.
  Duration open_timeout = std::chrono::seconds(1);
  // So many requests in a row without an answer in time: the connection is given
  // up as hanging. From 1.
  int max_timeouts_in_a_row = 3;
  // Source of time, the transport's too; null for the machine's own. Must
  // outlive the pipeline.
  Clock* clock = nullptr;
};
absl::Status Validate(const RequestPipelineOptions& options);

struct RequestPipelineStats {
  std::int64_t depth = 0;
  std::int64_t queued = 0;
  std::int64_t in_flight = 0;
  std::int64_t submitted = 0;
  std::int64_t refused = 0;
  std::int64_t answered = 0;
  std::int64_t failed = 0;
  std::int64_t timeouts = 0;
  std::int64_t connections = 0;
  std::int64_t callback_exceptions = 0;
};
std::vector<Statistic> Export(const RequestPipelineStats& stats);

// Sends requests over one connection without waiting for the answers before.
//
// - Every request that was taken gets one answer or error, in the order in which
//   they were submitted, so it may hear of its timeout only after those before
//   it were told.
// - A failure is its request's own: an error of the peer's, a timeout, a request
//   that is too large leave the others alone. When the connection breaks, those
//   under way end in UNAVAILABLE (they may have been carried out, so none is
//   sent twice); those not yet sent go over a new connection.
// - A connection is opened when there is something to send. When that fails the
//   next request is told so, and the one after tries again. What the transport
//   throws is UNKNOWN for that request, and breaks its connection.
// - The depth changes while it works: more are sent at once, or none until
//   enough are answered.
//
// One thread of its own sends and one receives. Thread-safe. The destructor
// sends what is queued and waits for every answer.
class RequestPipeline {
 public:
  using Done = std::function<void(absl::StatusOr<std::string>)>;

  // `transport` must outlive it. INVALID_ARGUMENT as Validate();
  // RESOURCE_EXHAUSTED when the system gives no threads.
  static absl::StatusOr<std::unique_ptr<RequestPipeline>> Create(
      Transport& transport, const RequestPipelineOptions& options = {});
  ~RequestPipeline();
  RequestPipeline(const RequestPipeline&) = delete;
  RequestPipeline& operator=(const RequestPipeline&) = delete;

  // `done` is called by the receiving thread, once; it must not wait for this
  // pipeline, nor throw: what it throws is dropped and counted. RESOURCE_EXHAUSTED when the queue
  // is full, UNAVAILABLE while the pipeline ends: `done` isn't called.
  absl::Status Submit(std::string request, MonotonicTime deadline, Done done);
  // The same with a future; a full queue is its error.
  std::future<absl::StatusOr<std::string>> Submit(std::string request, MonotonicTime deadline);

  // INVALID_ARGUMENT outside 1 to kMaxDepth; nothing changes then.
  absl::Status SetDepth(std::int64_t depth);
  std::int64_t depth() const;
  RequestPipelineStats stats() const;

 private:
  struct Request {
    std::string bytes;
    MonotonicTime deadline;
    Done done;
    // What it was sent over; null when it wasn't: then `failure` says why.
    std::shared_ptr<Connection> connection;
    absl::Status failure;
  };

  RequestPipeline(Transport& transport, const RequestPipelineOptions& options);
  absl::Status Start();
  void SendLoop();
  void ReceiveLoop();
  void SendOne(Request& request, std::shared_ptr<Connection>& connection);
  absl::Status TrySend(const Request& request, std::shared_ptr<Connection>& connection);
  absl::StatusOr<std::string> ReceiveOne(const Request& request);
  void Finish(const Request& request, absl::StatusOr<std::string> answer);

  Transport& transport_;
  const RequestPipelineOptions options_;
  Clock& clock_;
  mutable Mutex mutex_;
  CondVar send_wake_;
  CondVar receive_wake_;
  std::int64_t depth_ TRIMTAB_GUARDED_BY(mutex_);
  std::deque<Request> queued_ TRIMTAB_GUARDED_BY(mutex_);
  // In the order of their answers.
  std::deque<Request> sent_ TRIMTAB_GUARDED_BY(mutex_);
  // One is being sent, and isn't among `sent_` yet.
  bool sending_ TRIMTAB_GUARDED_BY(mutex_) = false;
  // The one that an answer is awaited for, or being told.
  bool receiving_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool ending_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool sender_ended_ TRIMTAB_GUARDED_BY(mutex_) = false;
  RequestPipelineStats counted_ TRIMTAB_GUARDED_BY(mutex_);
  // The receiver's own.
  int timeouts_in_a_row_ = 0;
  const Connection* timing_out_ = nullptr;
  OwnedThread sender_;
  OwnedThread receiver_;
};

}  // namespace trimtab::runtime
