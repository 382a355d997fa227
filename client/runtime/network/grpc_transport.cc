// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/grpc_transport.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

#include "client/runtime/network/grpc_bytes.h"
#include "daemon/base/error.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {
namespace {

constexpr Duration kLongest = std::chrono::hours(24);
// So many calls in a row without an answer in time, and the peer seems to hang.
constexpr int kHangingAfter = 3;

gpr_timespec ToGrpcTime(MonotonicTime deadline, const Clock& clock) {
  const MonotonicTime now = clock.Now();
  const Duration left = deadline <= now ? Duration() : std::min(deadline - now, kLongest);
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(left.count(), GPR_TIMESPAN));
}

class GrpcConnection final : public Connection {
 public:
  GrpcConnection(std::shared_ptr<grpc::Channel> channel, const GrpcTransportOptions& options,
                 Clock& clock)
      : method_(options.method),
        max_message_bytes_(static_cast<std::size_t>(options.max_message_bytes)),
        clock_(clock),
        channel_(std::move(channel)),
        stub_(channel_) {}

  ~GrpcConnection() override {
    {
      const MutexLock lock(mutex_);
      for (const auto& call : calls_) call->context.TryCancel();
    }
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) OnFinished(tag);
  }

  absl::Status Send(std::string_view request, MonotonicTime deadline) override {
    if (request.size() > max_message_bytes_) {
      return Error(absl::StatusCode::kInvalidArgument, "a request of {} bytes; allowed: up to {}",
                   request.size(), max_message_bytes_);
    }
    if (broken_) return absl::UnavailableError("the connection is broken");
    auto call = std::make_unique<AsyncCall>();
    call->context.set_deadline(ToGrpcTime(deadline, clock_));
    call->reader = stub_.PrepareUnaryCall(&call->context, method_, ToByteBuffer(request), &queue_);
    AsyncCall& started = *call;
    {
      const MutexLock lock(mutex_);
      calls_.push_back(std::move(call));
    }
    started.reader->StartCall();
    started.reader->Finish(&started.answer, &started.status, &started);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Receive(MonotonicTime deadline) override {
    AsyncCall* call = nullptr;
    {
      const MutexLock lock(mutex_);
      call = calls_.front().get();
    }
    while (!call->finished) {
      void* tag = nullptr;
      bool ok = false;
      if (queue_.AsyncNext(&tag, &ok, ToGrpcTime(deadline, clock_)) !=
          grpc::CompletionQueue::GOT_EVENT) {
        call->context.TryCancel();
        const MutexLock lock(mutex_);
        call->given_up = true;
        // It is owned by the queue until its tag comes.
        calls_.front().release();
        calls_.pop_front();
        ++timeouts_in_a_row_;
        return absl::DeadlineExceededError("no answer in time");
      }
      OnFinished(tag);
    }
    std::unique_ptr<AsyncCall> finished;
    {
      const MutexLock lock(mutex_);
      finished = std::move(calls_.front());
      calls_.pop_front();
    }
    if (finished->status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      ++timeouts_in_a_row_;
    } else {
      timeouts_in_a_row_ = 0;
    }
    if (finished->status.ok()) return ToString(finished->answer);
    if (broken_) return absl::UnavailableError("the connection is broken");
    return ToAbsl(finished->status);
  }

  bool Usable() const override {
    if (broken_) return false;
    const grpc_connectivity_state state = channel_->GetState(false);
    return state != GRPC_CHANNEL_TRANSIENT_FAILURE && state != GRPC_CHANNEL_SHUTDOWN;
  }
  // A call that was given up is cancelled, and its answer can't come. A channel
  // that lost its connection is idle, and would connect anew by itself when
  // used: that is the pool's to do.
  bool Healthy() const override {
    return !broken_ && timeouts_in_a_row_ < kHangingAfter &&
           channel_->GetState(false) == GRPC_CHANNEL_READY;
  }
  void Break() override {
    broken_ = true;
    const MutexLock lock(mutex_);
    for (const auto& call : calls_) call->context.TryCancel();
  }

 private:
  struct AsyncCall {
    grpc::ClientContext context;
    grpc::ByteBuffer answer;
    grpc::Status status;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
    // The receiver's.
    bool finished = false;
    bool given_up = false;
  };

  void OnFinished(void* tag) {
    auto* call = static_cast<AsyncCall*>(tag);
    call->finished = true;
    if (call->given_up) delete call;
  }

  const std::string method_;
  const std::size_t max_message_bytes_;
  Clock& clock_;
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::atomic<bool> broken_{false};
  std::atomic<int> timeouts_in_a_row_{0};
  Mutex mutex_;
  // Without an answer handed over, the oldest first.
  std::deque<std::unique_ptr<AsyncCall>> calls_ TRIMTAB_GUARDED_BY(mutex_);
};

std::shared_ptr<grpc::ChannelCredentials> Credentials(const GrpcTls& tls) {
  if (!tls.enabled()) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({tls.root_certificates, tls.private_key, tls.certificate});
}

}  // namespace

GrpcTransport::GrpcTransport(std::string target, GrpcTransportOptions options)
    : target_(std::move(target)), options_(std::move(options)) {}

absl::StatusOr<std::unique_ptr<Connection>> GrpcTransport::Open(MonotonicTime deadline) {
  if (options_.max_message_bytes < 1) return InvalidMaxMessageBytes(options_.max_message_bytes);
  if (absl::Status valid = Validate(options_.tls); !valid.ok()) return valid;
  Clock& clock = options_.clock != nullptr ? *options_.clock : SystemClock();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(options_.max_message_bytes);
  arguments.SetMaxSendMessageSize(options_.max_message_bytes);
  auto channel = grpc::CreateCustomChannel(target_, Credentials(options_.tls), arguments);
  while (true) {
    const grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
    if (state == GRPC_CHANNEL_READY) break;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN) {
      return Error(absl::StatusCode::kUnavailable, "can't connect to {}", target_);
    }
    if (!channel->WaitForStateChange(state, ToGrpcTime(deadline, clock))) {
      return Error(absl::StatusCode::kDeadlineExceeded, "{} wasn't connected in time", target_);
    }
  }
  return std::make_unique<GrpcConnection>(std::move(channel), options_, clock);
}

}  // namespace trimtab::runtime
