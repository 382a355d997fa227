// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_host.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "daemon/codec/configuration.h"
#include "daemon/codec/status.h"
#include "daemon/codec/time.h"
#include "tests/simulation/simulated_host.h"
#include "tests/support/host_messages.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab {
namespace {

constexpr std::int64_t kClamp = 8;

}  // namespace

class FakeHost::Service final : public v1::HostService::Service {
 public:
  explicit Service(ManualClock& clock) : host(clock) { Listen("127.0.0.1:0"); }
  ~Service() override { Silence(); }

  void Listen(const std::string& where) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort(where, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server = builder.BuildAndStart();
    address = "127.0.0.1:" + std::to_string(port);
  }
  void Silence() {
    if (!server) return;
    // Cancels every call; each looks at that itself.
    server->Shutdown(std::chrono::system_clock::now());
    server->Wait();
    server.reset();
  }

  grpc::Status DescribeHost(grpc::ServerContext* context, const v1::DescribeHostRequest*,
                            v1::DescribeHostResponse* response) override {
    const MutexLock lock(mutex);
    if (!Answer("DescribeHost", *context)) return grpc::Status::CANCELLED;
    const HostDescription description = host.Describe().value();
    response->set_service_name(description.service);
    response->set_instance_name(description.instance);
    response->set_boot_id(description.boot_id);
    for (const HostParameter& parameter : description.parameters) {
      *response->add_parameters() = codec::EncodeParameter(parameter);
    }
    *response->mutable_window_length() = codec::EncodeDuration(description.window_length);
    *response->mutable_max_lease() = codec::EncodeDuration(description.max_lease);
    response->set_has_benchmark(!script.no_benchmark);
    if (script.spoil_description) script.spoil_description(*response);
    return grpc::Status::OK;
  }

  grpc::Status GetConfig(grpc::ServerContext* context, const v1::GetConfigRequest*,
                         v1::GetConfigResponse* response) override {
    const MutexLock lock(mutex);
    if (!Answer("GetConfig", *context)) return grpc::Status::CANCELLED;
    return State(host.GetConfig(), response->mutable_state());
  }

  grpc::Status ApplyConfig(grpc::ServerContext* context, const v1::ApplyConfigRequest* request,
                           v1::ApplyConfigResponse* response) override {
    const MutexLock lock(mutex);
    if (!Answer("ApplyConfig", *context)) return grpc::Status::CANCELLED;
    if (request->expected_generation() != host.state().generation) {
      return {grpc::StatusCode::ABORTED, "another generation is in force"};
    }
    host.tuner_id = request->tuner_id();
    ApplyRequest apply;
    apply.config = Take(codec::DecodeConfiguration(request->config()).value(), response);
    apply.expected_generation = request->expected_generation();
    apply.lease = codec::DecodeDuration(request->lease()).value();
    const bool rejected = !response->applied();
    if (!rejected && !host.Apply(apply).ok()) return {grpc::StatusCode::INTERNAL, "apply"};
    return State(host.GetConfig(), response->mutable_state());
  }

  grpc::Status RenewLease(grpc::ServerContext* context, const v1::RenewLeaseRequest* request,
                          v1::RenewLeaseResponse* response) override {
    const MutexLock lock(mutex);
    if (!Answer("RenewLease", *context)) return grpc::Status::CANCELLED;
    const Duration lease = codec::DecodeDuration(request->lease()).value();
    return State(host.RenewLease(request->generation(), lease), response->mutable_state());
  }

  grpc::Status CommitConfig(grpc::ServerContext* context, const v1::CommitConfigRequest* request,
                            v1::CommitConfigResponse* response) override {
    const MutexLock lock(mutex);
    if (!Answer("CommitConfig", *context)) return grpc::Status::CANCELLED;
    return State(host.Commit(request->generation()), response->mutable_state());
  }

  grpc::Status GetMetrics(grpc::ServerContext* context, const v1::GetMetricsRequest* request,
                          v1::GetMetricsResponse* response) override {
    const MutexLock lock(mutex);
    if (!Answer("GetMetrics", *context)) return grpc::Status::CANCELLED;
    for (const v1::MetricsSnapshot& window : After(request->after_sequence())) {
      *response->add_snapshots() = window;
    }
    return grpc::Status::OK;
  }

  grpc::Status StreamMetrics(grpc::ServerContext* context, const v1::StreamMetricsRequest* request,
                             grpc::ServerWriter<v1::StreamMetricsResponse>* writer) override {
    std::int64_t sent = request->after_sequence();
    const MutexLock lock(mutex);
    if (script.no_stream) return {grpc::StatusCode::UNIMPLEMENTED, "no stream here"};
    if (sent == 0 || sent > sequence) sent = sequence;
    ++streams;
    Count("StreamMetrics");
    while (!context->IsCancelled()) {
      if (script.hang || sent == sequence) {
        Pause();
        continue;
      }
      for (const v1::MetricsSnapshot& window : After(sent)) {
        v1::StreamMetricsResponse response;
        *response.mutable_snapshot() = window;
        writer->Write(response);
      }
      sent = sequence;
    }
    --streams;
    return grpc::Status::CANCELLED;
  }

  grpc::Status RunBenchmark(grpc::ServerContext* context, const v1::RunBenchmarkRequest* request,
                            v1::RunBenchmarkResponse* response) override {
    const MutexLock lock(mutex);
    if (script.no_benchmark) return {grpc::StatusCode::UNIMPLEMENTED, "no benchmark here"};
    if (!Answer("RunBenchmark", *context)) return grpc::Status::CANCELLED;
    warm_ups.push_back(codec::DecodeDuration(request->warm_up()).value());
    const std::int64_t before = sequence;
    ++benchmarks;
    while (!context->IsCancelled() && sequence == before &&
           host.state().generation == request->generation()) {
      Pause();
      host.Tick();
    }
    --benchmarks;
    if (host.state().generation != request->generation()) {
      return {grpc::StatusCode::ABORTED, "another generation is in force"};
    }
    if (sequence == before) return grpc::Status::CANCELLED;
    *response->mutable_snapshot() = windows.back();
    return grpc::Status::OK;
  }

  bool CloseWindow() {
    const MutexLock lock(mutex);
    host.Tick();
    const HostWindow window = host.CloseWindow();
    sequence = window.sequence;
    windows.push_back(Encode(window));
    if (script.spoil_window) script.spoil_window(windows.back());
    changed.NotifyAll();
    return (streams > 0 || benchmarks > 0) && !script.hang;
  }

  void Boot() {
    const MutexLock lock(mutex);
    host.Restart();
    windows.clear();
    sequence = 0;
  }

  mutable Mutex mutex;
  mutable CondVar changed;
  SimulatedHost host;
  Script script;
  std::map<std::string, int> calls;
  int streams = 0;
  int benchmarks = 0;
  std::vector<Duration> warm_ups;
  std::vector<v1::MetricsSnapshot> windows;
  std::int64_t sequence = 0;
  std::unique_ptr<grpc::Server> server;
  std::string address;

  // Waits for a change, or shortly, to look at what nobody announces.
  void Pause() const TRIMTAB_REQUIRES(mutex) {
    changed.WaitUntil(mutex, std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
  }

 private:
  void Count(const std::string& method) {
    ++calls[method];
    changed.NotifyAll();
  }

  // Counts the call and waits while the host hangs. False: it was cancelled.
  bool Answer(const std::string& method, const grpc::ServerContext& context)
      TRIMTAB_REQUIRES(mutex) {
    Count(method);
    while (script.hang && !context.IsCancelled()) Pause();
    host.Tick();
    return !context.IsCancelled();
  }

  grpc::Status State(const absl::StatusOr<ConfigState>& state, v1::ConfigState* message) const {
    if (!state.ok()) return codec::ToGrpc(state.status());
    *message = Encode(*state);
    if (script.spoil_state) script.spoil_state(*message);
    return grpc::Status::OK;
  }

  // What is taken of the wish, and what is said about each value.
  Configuration Take(const Configuration& wish, v1::ApplyConfigResponse* response) const {
    Configuration taken;
    response->set_applied(true);
    for (const auto& [name, value] : wish) {
      const auto scripted = script.outcomes.find(name);
      auto kind = v1::PARAMETER_OUTCOME_KIND_APPLIED;
      if (scripted != script.outcomes.end()) kind = scripted->second;
      ParameterValue in_force = value;
      if (kind == v1::PARAMETER_OUTCOME_KIND_CLAMPED) {
        in_force = std::min(std::get<std::int64_t>(value), kClamp);
        if (in_force == value) kind = v1::PARAMETER_OUTCOME_KIND_APPLIED;
      } else if (kind != v1::PARAMETER_OUTCOME_KIND_APPLIED) {
        in_force = *host.state().config.Find(name);
      }
      if (kind == v1::PARAMETER_OUTCOME_KIND_REJECTED) response->set_applied(false);
      taken.Set(name, in_force);
      *response->add_outcomes() = MakeOutcome(name, kind, value, in_force);
    }
    return taken;
  }

  std::vector<v1::MetricsSnapshot> After(std::int64_t sent) const {
    if (sent > sequence) sent = 0;
    return {windows.begin() + sent, windows.end()};
  }
};

FakeHost::FakeHost(ManualClock& clock) : service_(std::make_unique<Service>(clock)) {}
FakeHost::~FakeHost() = default;

const std::string& FakeHost::address() const { return service_->address; }

void FakeHost::Play(Script script) {
  const MutexLock lock(service_->mutex);
  service_->script = std::move(script);
  service_->changed.NotifyAll();
}

void FakeHost::SetLatency(std::function<double(const Configuration&)> latency_ms) {
  const MutexLock lock(service_->mutex);
  service_->host.latency_ms = std::move(latency_ms);
}

bool FakeHost::CloseWindow() { return service_->CloseWindow(); }

void FakeHost::Stop() { service_->Silence(); }

void FakeHost::Start() { service_->Listen(service_->address); }

void FakeHost::Restart() {
  Stop();
  service_->Boot();
  Start();
}

std::vector<Duration> FakeHost::WarmUps() const {
  const MutexLock lock(service_->mutex);
  return service_->warm_ups;
}

bool FakeHost::HasBenchmark() const {
  const MutexLock lock(service_->mutex);
  if (service_->benchmarks == 0) service_->Pause();
  return service_->benchmarks > 0;
}

void FakeHost::OperatorSets(const Configuration& changes) {
  const MutexLock lock(service_->mutex);
  service_->host.OperatorSets(changes);
}

Configuration FakeHost::config() const {
  const MutexLock lock(service_->mutex);
  service_->host.Tick();
  return service_->host.state().config;
}

Configuration FakeHost::committed() const {
  const MutexLock lock(service_->mutex);
  return service_->host.state().committed;
}

std::int64_t FakeHost::generation() const {
  const MutexLock lock(service_->mutex);
  return service_->host.state().generation;
}

void FakeHost::WaitForCalls(const std::string& method, int count) const {
  const MutexLock lock(service_->mutex);
  while (service_->calls[method] < count) service_->Pause();
}

bool FakeHost::HasStream() const {
  const MutexLock lock(service_->mutex);
  if (service_->streams == 0) service_->Pause();
  return service_->streams > 0;
}

}  // namespace trimtab
