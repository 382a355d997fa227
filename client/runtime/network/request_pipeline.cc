// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/request_pipeline.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "client/runtime/start_thread.h"
#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

absl::Status CheckDepth(std::int64_t depth) {
  if (depth >= 1 && depth <= RequestPipelineOptions::kMaxDepth) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "a pipeline of depth {}; allowed: 1 to {}",
               depth, RequestPipelineOptions::kMaxDepth);
}

// What is being thrown.
absl::Status Thrown() {
  try {
    throw;
  } catch (const std::exception& error) {
    return absl::UnknownError(error.what());
  } catch (...) {
    return absl::UnknownError("what was thrown is no std::exception");
  }
}

}  // namespace

absl::Status Validate(const RequestPipelineOptions& options) {
  if (absl::Status depth = CheckDepth(options.depth); !depth.ok()) return depth;
  if (options.queue_limit < 1) return absl::InvalidArgumentError("queue_limit is 0");
  if (options.open_timeout <= Duration() ||
      options.open_timeout > RequestPipelineOptions::kMaxOpenTimeout) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "a pipeline's open_timeout is {} ns; allowed: above 0, up to an hour",
                 options.open_timeout.count());
  }
  if (options.max_timeouts_in_a_row < 1) {
    return absl::InvalidArgumentError("max_timeouts_in_a_row is below 1");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RequestPipeline>> RequestPipeline::Create(
    Transport& transport, const RequestPipelineOptions& options) {
  if (absl::Status valid = Validate(options); !valid.ok()) return valid;
  std::unique_ptr<RequestPipeline> pipeline(new RequestPipeline(transport, options));
  if (absl::Status started = pipeline->Start(); !started.ok()) return started;
  return pipeline;
}

RequestPipeline::RequestPipeline(Transport& transport, const RequestPipelineOptions& options)
    : transport_(transport),
      options_(options),
      clock_(options.clock != nullptr ? *options.clock : SystemClock()),
      depth_(options.depth) {}

absl::Status RequestPipeline::Start() {
  // The sender first: it ends without a receiver, which ends after the sender.
  absl::StatusOr<OwnedThread> sender =
      StartThread("pipe-sender", [this](const std::stop_token&) { SendLoop(); });
  if (!sender.ok()) return sender.status();
  sender_ = *std::move(sender);
  absl::StatusOr<OwnedThread> receiver =
      StartThread("pipe-receiver", [this](const std::stop_token&) { ReceiveLoop(); });
  if (!receiver.ok()) return receiver.status();
  receiver_ = *std::move(receiver);
  return absl::OkStatus();
}

RequestPipeline::~RequestPipeline() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
    send_wake_.NotifyAll();
  }
  sender_.Join();
  receiver_.Join();
}

absl::Status RequestPipeline::Submit(std::string request, MonotonicTime deadline, Done done) {
  const MutexLock lock(mutex_);
  if (ending_) {
    ++counted_.refused;
    return absl::UnavailableError("the pipeline is ending");
  }
  if (queued_.size() >= options_.queue_limit) {
    ++counted_.refused;
    return Error(absl::StatusCode::kResourceExhausted,
                 "the pipeline is full: {} requests wait to be sent", queued_.size());
  }
  ++counted_.submitted;
  queued_.push_back({std::move(request), deadline, std::move(done), nullptr, absl::OkStatus()});
  send_wake_.NotifyOne();
  return absl::OkStatus();
}

std::future<absl::StatusOr<std::string>> RequestPipeline::Submit(std::string request,
                                                                 MonotonicTime deadline) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<std::string>>>();
  const absl::Status taken = Submit(
      std::move(request), deadline,
      [promise](absl::StatusOr<std::string> answer) { promise->set_value(std::move(answer)); });
  if (!taken.ok()) promise->set_value(taken);
  return promise->get_future();
}

absl::Status RequestPipeline::SetDepth(std::int64_t depth) {
  if (absl::Status valid = CheckDepth(depth); !valid.ok()) return valid;
  const MutexLock lock(mutex_);
  depth_ = depth;
  send_wake_.NotifyOne();
  return absl::OkStatus();
}

std::int64_t RequestPipeline::depth() const {
  const MutexLock lock(mutex_);
  return depth_;
}

void RequestPipeline::SendLoop() {
  std::shared_ptr<Connection> connection;
  while (true) {
    Request request;
    {
      const MutexLock lock(mutex_);
      while (static_cast<std::int64_t>(sent_.size()) + (receiving_ ? 1 : 0) >= depth_ ||
             queued_.empty()) {
        if (ending_ && queued_.empty()) {
          sender_ended_ = true;
          receive_wake_.NotifyOne();
          return;
        }
        send_wake_.Wait(mutex_);
      }
      request = std::move(queued_.front());
      queued_.pop_front();
      sending_ = true;
    }
    SendOne(request, connection);
    const MutexLock lock(mutex_);
    sending_ = false;
    sent_.push_back(std::move(request));
    receive_wake_.NotifyOne();
  }
}

void RequestPipeline::SendOne(Request& request, std::shared_ptr<Connection>& connection) {
  try {
    request.failure = TrySend(request, connection);
  } catch (...) {
    request.failure = Thrown();
    // It isn't known what was sent.
    if (connection != nullptr) connection->Break();
  }
  if (request.failure.ok()) request.connection = connection;
  request.bytes.clear();
}

absl::Status RequestPipeline::TrySend(const Request& request,
                                      std::shared_ptr<Connection>& connection) {
  const MonotonicTime now = clock_.Now();
  if (now >= request.deadline) {
    return absl::DeadlineExceededError("the request's time was up before it was sent");
  }
  if (connection == nullptr || !connection->Usable()) {
    connection.reset();
    absl::StatusOr<std::unique_ptr<Connection>> opened =
        transport_.Open(std::min(request.deadline, now + options_.open_timeout));
    if (!opened.ok()) return opened.status();
    if (*opened == nullptr) return absl::InternalError("there was no connection");
    connection = *std::move(opened);
    const MutexLock lock(mutex_);
    ++counted_.connections;
  }
  return connection->Send(request.bytes, request.deadline);
}

void RequestPipeline::ReceiveLoop() {
  while (true) {
    Request request;
    {
      const MutexLock lock(mutex_);
      receiving_ = false;
      send_wake_.NotifyOne();
      while (sent_.empty()) {
        if (sender_ended_) return;
        receive_wake_.Wait(mutex_);
      }
      request = std::move(sent_.front());
      sent_.pop_front();
      receiving_ = true;
    }
    Finish(request, ReceiveOne(request));
  }
}

absl::StatusOr<std::string> RequestPipeline::ReceiveOne(const Request& request) {
  if (request.connection == nullptr) return request.failure;
  absl::StatusOr<std::string> answer;
  try {
    answer = request.connection->Receive(request.deadline);
  } catch (...) {
    answer = Thrown();
    request.connection->Break();
  }
  if (timing_out_ != request.connection.get() || !absl::IsDeadlineExceeded(answer.status())) {
    timeouts_in_a_row_ = 0;
    timing_out_ = request.connection.get();
  }
  if (absl::IsDeadlineExceeded(answer.status()) &&
      ++timeouts_in_a_row_ >= options_.max_timeouts_in_a_row) {
    request.connection->Break();
  }
  return answer;
}

void RequestPipeline::Finish(const Request& request, absl::StatusOr<std::string> answer) {
  {
    const MutexLock lock(mutex_);
    ++(answer.ok() ? counted_.answered : counted_.failed);
    if (absl::IsDeadlineExceeded(answer.status())) ++counted_.timeouts;
  }
  try {
    request.done(std::move(answer));
  } catch (...) {
    const MutexLock lock(mutex_);
    ++counted_.callback_exceptions;
  }
}

RequestPipelineStats RequestPipeline::stats() const {
  const MutexLock lock(mutex_);
  RequestPipelineStats stats = counted_;
  stats.depth = depth_;
  stats.queued = static_cast<std::int64_t>(queued_.size());
  stats.in_flight =
      static_cast<std::int64_t>(sent_.size()) + (receiving_ ? 1 : 0) + (sending_ ? 1 : 0);
  return stats;
}

std::vector<Statistic> Export(const RequestPipelineStats& stats) {
  const auto gauge = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kGauge, static_cast<double>(value)};
  };
  const auto counter = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kCounter, static_cast<double>(value)};
  };
  return {
      gauge("request_pipeline_depth", "Requests allowed under way.", stats.depth),
      gauge("request_pipeline_queued", "Requests that wait to be sent.", stats.queued),
      gauge("request_pipeline_in_flight", "Requests under way.", stats.in_flight),
      counter("request_pipeline_submitted_total", "Requests taken.", stats.submitted),
      counter("request_pipeline_refused_total", "Requests refused because the queue was full.",
              stats.refused),
      counter("request_pipeline_answered_total", "Requests answered.", stats.answered),
      counter("request_pipeline_failed_total", "Requests that ended in an error.", stats.failed),
      counter("request_pipeline_timeouts_total", "Requests without an answer in time.",
              stats.timeouts),
      counter("request_pipeline_connections_total", "Connections opened.", stats.connections),
      counter("request_pipeline_callback_exceptions_total", "Callbacks that threw.",
              stats.callback_exceptions),
  };
}

}  // namespace trimtab::runtime
