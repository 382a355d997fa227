// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/collector.h"

#include <utility>

#include "daemon/codec/status.h"
#include "daemon/codec/time.h"
#include "daemon/host/backoff.h"
#include "daemon/host/window_codec.h"

namespace trimtab {
namespace {

// How much longer than asked for a benchmark may take: until its last requests
// have ended, by their own timeouts.
constexpr Duration kOverrun = std::chrono::seconds(5);
// Before a benchmark is begun anew on another generation, so that a host that
// aborts without end isn't asked without end.
constexpr Duration kAfterChange = std::chrono::milliseconds(20);

}  // namespace

MetricsCollector::MetricsCollector(std::shared_ptr<grpc::Channel> channel, Options options,
                                   WindowSink& sink, Clock& clock)
    : stub_(v1::HostService::NewStub(std::move(channel))),
      options_(options),
      sink_(sink),
      clock_(clock),
      thread_("collector", [this](const std::stop_token& stop) { Run(stop); }) {}

MetricsCollector::~MetricsCollector() {
  thread_.RequestStop();
  {
    const MutexLock lock(mutex_);
    if (current_ != nullptr) current_->TryCancel();
  }
  wake_.NotifyAll();
  thread_.Join();
}

void MetricsCollector::Run(const std::stop_token& stop) {
  Backoff backoff(options_.backoff_initial, options_.backoff_max, options_.seed);
  bool polling = options_.mode == Mode::kPoll;
  while (!stop.stop_requested()) {
    const bool benchmark = options_.mode == Mode::kBenchmark;
    call_ = benchmark ? "run_benchmark" : polling ? "get_metrics" : "stream_metrics";
    const grpc::Status status = benchmark ? Benchmark(stop) : polling ? Poll(stop) : Stream(stop);
    if (stop.stop_requested()) return;
    if (connected_) backoff.Reset();
    if (status.ok() && benchmark) continue;
    if (status.ok() && polling) {
      Wait(stop, options_.poll_interval);
      continue;
    }
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED && !polling &&
        options_.mode == Mode::kAuto) {
      polling = true;
      continue;
    }
    connected_ = false;
    sink_.OnStream(call_, status.ok()
                              ? absl::UnavailableError("the host ended the stream of metrics")
                              : codec::FromGrpc("metrics", status));
    Wait(stop, backoff.Next());
  }
}

grpc::Status MetricsCollector::Stream(const std::stop_token& stop) {
  grpc::ClientContext context;
  if (!Enter(&context, stop)) return grpc::Status::CANCELLED;
  v1::StreamMetricsRequest request;
  request.set_after_sequence(tracker_.LastOf(boot_id_));
  const auto reader = stub_->StreamMetrics(&context, request);
  v1::StreamMetricsResponse response;
  while (reader->Read(&response)) Deliver(response.snapshot());
  grpc::Status status = reader->Finish();
  Leave();
  return status;
}

grpc::Status MetricsCollector::Poll(const std::stop_token& stop) {
  grpc::ClientContext context;
  context.set_deadline(codec::DeadlineAfter(options_.deadline));
  if (!Enter(&context, stop)) return grpc::Status::CANCELLED;
  v1::GetMetricsRequest request;
  request.set_after_sequence(tracker_.LastOf(boot_id_));
  v1::GetMetricsResponse response;
  grpc::Status status = stub_->GetMetrics(&context, request, &response);
  Leave();
  for (const v1::MetricsSnapshot& snapshot : response.snapshots()) Deliver(snapshot);
  return status;
}

grpc::Status MetricsCollector::Benchmark(const std::stop_token& stop) {
  const auto before = std::exchange(warm_, {});
  if (!sink_.WantsWindows()) {
    Wait(stop, options_.poll_interval);
    return grpc::Status::OK;
  }
  grpc::ClientContext read_context;
  read_context.set_deadline(codec::DeadlineAfter(options_.deadline));
  if (!Enter(&read_context, stop)) return grpc::Status::CANCELLED;
  v1::GetConfigResponse config;
  grpc::Status status = stub_->GetConfig(&read_context, {}, &config);
  Leave();
  if (!status.ok()) return status;
  const auto present = std::pair(config.state().boot_id(), config.state().generation());
  const Duration warm_up = present == before ? Duration::zero() : options_.benchmark_warm_up;

  grpc::ClientContext context;
  context.set_deadline(
      codec::DeadlineAfter(warm_up + options_.benchmark_duration + kOverrun + options_.deadline));
  if (!Enter(&context, stop)) return grpc::Status::CANCELLED;
  v1::RunBenchmarkRequest request;
  request.set_generation(present.second);
  *request.mutable_duration() = codec::EncodeDuration(options_.benchmark_duration);
  *request.mutable_warm_up() = codec::EncodeDuration(warm_up);
  v1::RunBenchmarkResponse response;
  status = stub_->RunBenchmark(&context, request, &response);
  Leave();
  if (status.error_code() == grpc::StatusCode::ABORTED) {
    Wait(stop, kAfterChange);
    return grpc::Status::OK;
  }
  if (!status.ok()) return status;
  warm_ = present;
  Deliver(response.snapshot());
  return status;
}

void MetricsCollector::Deliver(const v1::MetricsSnapshot& snapshot) {
  if (!std::exchange(connected_, true)) sink_.OnStream(call_, absl::OkStatus());
  HostWindow window;
  if (const auto defect = host_codec::DecodeWindow(snapshot, &window)) {
    sink_.OnMalformedWindow(std::string(defect->word));
    return;
  }
  boot_id_ = window.boot_id;
  if (tracker_.Judge(window.boot_id, window.sequence) == SequenceTracker::Kind::kDuplicate) return;
  sink_.OnWindow(std::move(window));
}

void MetricsCollector::Wait(const std::stop_token& stop, Duration length) {
  const MonotonicTime deadline = clock_.Now() + length;
  const MutexLock lock(mutex_);
  while (!stop.stop_requested() && clock_.Now() < deadline) {
    clock_.WaitUntil(wake_, mutex_, deadline);
  }
}

bool MetricsCollector::Enter(grpc::ClientContext* context, const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  if (stop.stop_requested()) return false;
  current_ = context;
  return true;
}

void MetricsCollector::Leave() {
  const MutexLock lock(mutex_);
  current_ = nullptr;
}

}  // namespace trimtab
