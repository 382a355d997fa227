// SPDX-License-Identifier: Apache-2.0
#include "trimtab/host.h"

#include <fmt/format.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <random>
#include <utility>

#include "client/host/service.h"
#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/tls/live_tls.h"

namespace trimtab::host {
namespace {

constexpr auto kShortestWindow = std::chrono::milliseconds(10);

// Identity of a boot: 128 random bits, so that no two are ever the same.
std::string NewBootId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::vector<std::string> OptionMistakes(const HostOptions& options) {
  std::vector<std::string> mistakes;
  if (options.service.empty()) mistakes.emplace_back("service must not be empty");
  if (options.instance.empty()) mistakes.emplace_back("instance must not be empty");
  if (options.listen.empty()) mistakes.emplace_back("listen must not be empty");
  const HostOptions::Tls& tls = options.tls;
  const int files = !tls.certificate.empty() + !tls.key.empty() + !tls.client_ca.empty();
  if (files != 0 && files != 3) {
    mistakes.emplace_back("tls needs a certificate, its key and the clients' authority");
  }
  if (files == 0 && !options.listen.empty() && !IsLocalAddress(options.listen)) {
    mistakes.emplace_back("listen reaches beyond this machine, which needs tls");
  }
  if (options.window_length < kShortestWindow) {
    mistakes.emplace_back("window_length must be at least 10 ms");
  }
  if (options.max_lease <= std::chrono::nanoseconds::zero()) {
    mistakes.emplace_back("max_lease must be positive");
  }
  if (options.retained_windows == 0) mistakes.emplace_back("retained_windows must be at least 1");
  return mistakes;
}

template <typename T, typename Callback>
std::function<absl::Status(const Value&)> Typed(Callback callback) {
  if (!callback) return {};
  return
      [callback = std::move(callback)](const Value& value) { return callback(std::get<T>(value)); };
}

// The address that a server on `listen` is reached at.
std::string Bound(const std::string& listen, int port) {
  if (listen.starts_with("unix:")) return listen;
  return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
}

}  // namespace

// What serves, made by Start() once the parameters are known. The members
// depend on those above them.
struct Serving {
  Serving(const HostOptions& options, const std::string& boot_id, const Registry& registry,
          Clock& clock, Recorder& recorder, WindowLog& log, TunableHost::Benchmark benchmark)
      : streams(log, boot_id),
        windows(recorder, log, clock,
                {options.window_length, ReadProcessStats,
                 [this, log_line = options.log] {
                   streams.OnWindow();
                   if (!tls) return;
                   const auto refreshed = tls->Refresh();
                   if (!refreshed.ok() && log_line) log_line(Message(refreshed.status()));
                 }}),
        controller(registry, clock, options.max_lease,
                   {[this](std::int64_t generation) {
                      windows.OnGeneration(generation);
                      benchmark_runner.OnGeneration(generation);
                    },
                    options.log}),
        benchmark_runner(
            std::move(benchmark), controller, windows, log,
            options.window_length * static_cast<std::int64_t>(options.retained_windows)),
        service({options.service, options.instance, boot_id, options.window_length,
                 options.max_lease, registry, controller, log, streams, benchmark_runner}) {}

  MetricsStreams streams;
  WindowMaker windows;
  ConfigController controller;
  BenchmarkRunner benchmark_runner;
  HostServiceImpl service;
  // Null without TLS. Set before the windows begin.
  std::unique_ptr<LiveTls> tls;
  std::unique_ptr<grpc::Server> server;
};

struct TunableHost::Impl {
  explicit Impl(HostOptions given)
      : options(std::move(given)),
        clock(options.clock != nullptr ? *options.clock : SystemClock()),
        recorder(clock, /*generation=*/1),
        log(options.retained_windows) {}

  const HostOptions options;
  const std::string boot_id = NewBootId();
  Clock& clock;
  Registry registry;
  Recorder recorder;
  WindowLog log;
  Benchmark benchmark;
  // As said before Start().
  bool available = true;
  std::unique_ptr<Serving> serving;
  std::string address;
};

TunableHost::TunableHost(HostOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

TunableHost::~TunableHost() { Stop(); }

void TunableHost::AddInt(std::string name, IntParameter parameter, IntCallback apply) {
  impl_->registry.Add({std::move(name),
                       parameter.min,
                       parameter.max,
                       {},
                       parameter.initial,
                       std::move(parameter.unit),
                       std::move(parameter.description),
                       parameter.needs_restart,
                       Typed<std::int64_t>(std::move(apply))});
}

void TunableHost::AddDouble(std::string name, DoubleParameter parameter, DoubleCallback apply) {
  impl_->registry.Add({std::move(name),
                       parameter.min,
                       parameter.max,
                       {},
                       parameter.initial,
                       std::move(parameter.unit),
                       std::move(parameter.description),
                       parameter.needs_restart,
                       Typed<double>(std::move(apply))});
}

void TunableHost::AddBool(std::string name, BoolParameter parameter, BoolCallback apply) {
  impl_->registry.Add({std::move(name),
                       false,
                       true,
                       {},
                       parameter.initial,
                       "",
                       std::move(parameter.description),
                       parameter.needs_restart,
                       Typed<bool>(std::move(apply))});
}

void TunableHost::AddCategory(std::string name, CategoryParameter parameter,
                              CategoryCallback apply) {
  impl_->registry.Add({std::move(name), "", "", std::move(parameter.categories),
                       std::move(parameter.initial), "", std::move(parameter.description),
                       parameter.needs_restart, Typed<std::string>(std::move(apply))});
}

void TunableHost::SetBenchmark(Benchmark benchmark) { impl_->benchmark = std::move(benchmark); }

absl::Status TunableHost::Start() {
  if (impl_->serving != nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition, "the host was started already");
  }
  std::vector<std::string> mistakes = OptionMistakes(impl_->options);
  for (std::string& mistake : impl_->registry.Mistakes()) mistakes.push_back(std::move(mistake));
  if (!mistakes.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "{}", fmt::join(mistakes, "; "));
  }
  auto serving =
      std::make_unique<Serving>(impl_->options, impl_->boot_id, impl_->registry, impl_->clock,
                                impl_->recorder, impl_->log, impl_->benchmark);
  serving->windows.SetAvailable(impl_->available);
  grpc::ServerBuilder builder;
  int port = 0;
  // Without this, Linux would let two hosts share one port.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (const HostOptions::Tls& files = impl_->options.tls; !files.certificate.empty()) {
    auto tls = LiveTls::Open({"tls", "client_ca"}, {files.client_ca, files.certificate, files.key});
    if (!tls.ok()) return tls.status();
    serving->tls = *std::move(tls);
    credentials = serving->tls->ForServer(/*require=*/true);
  }
  builder.AddListeningPort(impl_->options.listen, credentials, &port);
  builder.RegisterService(&serving->service);
  serving->server = builder.BuildAndStart();
  if (serving->server == nullptr) {
    return Error(absl::StatusCode::kUnavailable, "can't listen on {}", impl_->options.listen);
  }
  serving->controller.Start();
  serving->windows.Start();
  impl_->address = Bound(impl_->options.listen, port);
  impl_->serving = std::move(serving);
  return absl::OkStatus();
}

std::string TunableHost::address() const { return impl_->address; }

std::string TunableHost::boot_id() const { return impl_->boot_id; }

void TunableHost::Stop() {
  if (impl_->serving == nullptr) return;
  Serving& serving = *impl_->serving;
  serving.benchmark_runner.Stop();
  serving.streams.Close();
  serving.server->Shutdown(std::chrono::system_clock::now());
  serving.server->Wait();
  serving.windows.Stop();
  serving.controller.Stop();
}

MetricsRecorder TunableHost::metrics() { return MetricsRecorder(&impl_->recorder); }

void TunableHost::SetAvailable(bool available) {
  if (impl_->serving == nullptr) {
    impl_->available = available;
  } else {
    impl_->serving->windows.SetAvailable(available);
  }
}

Configuration TunableHost::Current() const {
  if (impl_->serving == nullptr) {
    const Values initial = impl_->registry.Initial();
    return {initial, 1, initial};
  }
  ConfigView view = impl_->serving->controller.View();
  return {std::move(view.values), view.generation, std::move(view.committed)};
}

absl::Status TunableHost::SetFromOperator(const Values& values) {
  if (impl_->serving == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition, "the host was not started");
  }
  return impl_->serving->controller.Edit(values);
}

RequestTimer MetricsRecorder::Begin() { return {recorder_, recorder_->Now()}; }

RequestTimer MetricsRecorder::Begin(std::chrono::steady_clock::time_point start) {
  return {recorder_, start};
}

RequestTimer::RequestTimer(Recorder* recorder, std::chrono::steady_clock::time_point start)
    : recorder_(recorder), start_(start), generation_(recorder->GenerationAt(start)) {}

RequestTimer::RequestTimer(RequestTimer&& other) noexcept
    : recorder_(std::exchange(other.recorder_, nullptr)),
      start_(other.start_),
      generation_(other.generation_) {}

RequestTimer& RequestTimer::operator=(RequestTimer&& other) noexcept {
  if (this == &other) return *this;
  Finish(Outcome::kError);
  recorder_ = std::exchange(other.recorder_, nullptr);
  start_ = other.start_;
  generation_ = other.generation_;
  return *this;
}

RequestTimer::~RequestTimer() { Finish(Outcome::kError); }

void RequestTimer::Finish(Outcome outcome, std::int64_t payload_bytes) {
  if (recorder_ == nullptr) return;
  std::exchange(recorder_, nullptr)->Record(generation_, start_, outcome, payload_bytes);
}

}  // namespace trimtab::host
