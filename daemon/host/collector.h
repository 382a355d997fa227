// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"
#include "daemon/host/sequence_tracker.h"
#include "daemon/ports/host_link.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab {

// Brings the host's windows to a sink, on a thread of its own. It reads
// StreamMetrics; where the host has none, or the mode says so, it polls
// GetMetrics. A broken stream is told to the sink and taken up again with
// backoff, from the last window received on; windows that were received before
// are dropped here. The channel's keepalive tells a hung host from an idle one.
//
// In the mode kBenchmark it brings about the windows itself: it runs the host's
// own benchmark, one run after the other, on whatever generation is in force,
// while the sink has use for windows. A run that a change of the configuration
// cut short is begun anew; it is no fault. The first run on a configuration, and
// the first after a pause or a fault, is warmed up.
class MetricsCollector {
 public:
  enum class Mode { kAuto, kStream, kPoll, kBenchmark };
  struct Options {
    Mode mode = Mode::kAuto;
    Duration poll_interval = std::chrono::seconds(1);
    // Of each poll. A benchmark has its length more, and a few seconds in which
    // its last requests end.
    Duration deadline = std::chrono::seconds(2);
    Duration benchmark_duration = std::chrono::seconds(5);
    Duration benchmark_warm_up = std::chrono::seconds(5);
    Duration backoff_initial = std::chrono::milliseconds(200);
    Duration backoff_max = std::chrono::seconds(10);
    std::uint64_t seed = 1;
  };

  // Begins at once. `sink` and `clock` must outlive this.
  MetricsCollector(std::shared_ptr<grpc::Channel> channel, Options options, WindowSink& sink,
                   Clock& clock);
  // Ends the call in progress and the thread.
  ~MetricsCollector();

 private:
  void Run(const std::stop_token& stop);
  // Until the stream ends; its end.
  grpc::Status Stream(const std::stop_token& stop);
  grpc::Status Poll(const std::stop_token& stop);
  // One run of the host's benchmark, or a rest.
  grpc::Status Benchmark(const std::stop_token& stop);
  void Deliver(const v1::MetricsSnapshot& snapshot);
  void Wait(const std::stop_token& stop, Duration length);
  // Makes `context` the one that the destructor cancels. False: ending.
  bool Enter(grpc::ClientContext* context, const std::stop_token& stop);
  void Leave();

  const std::unique_ptr<v1::HostService::Stub> stub_;
  const Options options_;
  WindowSink& sink_;
  Clock& clock_;
  SequenceTracker tracker_;
  std::string boot_id_;
  // The one that brings windows.
  const char* call_ = "stream_metrics";
  bool connected_ = false;
  // Boot and generation that the host is warmed up on.
  std::pair<std::string, std::int64_t> warm_;

  Mutex mutex_;
  CondVar wake_;
  grpc::ClientContext* current_ TRIMTAB_GUARDED_BY(mutex_) = nullptr;
  OwnedThread thread_;
};

}  // namespace trimtab
