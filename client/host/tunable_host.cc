// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <trimtab/host.h>

#include <algorithm>
#include <random>
#include <utility>

#include "client/host/config_keeper.h"
#include "client/host/recorder.h"
#include "client/host/service.h"
#include "client/host/values.h"
#include "daemon/base/error.h"
#include "daemon/base/thread.h"

namespace trimtab::host {
namespace {

// New at every start; two processes never share one.
std::string NewBootId() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", entropy(), entropy(), entropy(), entropy());
}

v1::ParameterDescription Describe(std::string name, v1::ParameterType type, const Value& initial) {
  v1::ParameterDescription description;
  description.set_name(std::move(name));
  description.set_type(type);
  *description.mutable_default_value() = Encode(initial);
  return description;
}

template <typename Range>
void SetRange(v1::ParameterDescription& description, const Range& range) {
  description.set_min_value(static_cast<double>(range.min));
  description.set_max_value(static_cast<double>(range.max));
  description.set_unit(range.unit);
  description.set_needs_restart(range.needs_restart);
}

}  // namespace

struct TunableHost::Impl {
  explicit Impl(HostOptions given)
      : options(std::move(given)),
        boot_id(NewBootId()),
        recorder(SystemClock(), boot_id),
        metrics(&recorder),
        keeper(SystemClock(), boot_id, options.max_lease,
               [this](std::int64_t generation) { recorder.SetGeneration(generation); }),
        service(options, boot_id, keeper, recorder) {}

  void Add(Tunable tunable) {
    absl::Status status = keeper.Add(std::move(tunable));
    if (setup.ok()) setup = std::move(status);
  }

  // Closes windows and watches leases.
  void Run(const std::stop_token& stop) {
    MonotonicTime window_end = SystemClock().Now() + options.window;
    while (!stop.stop_requested()) {
      {
        const MutexLock lock(mutex);
        const MonotonicTime wake =
            std::min(window_end, keeper.NextExpiry().value_or(MonotonicTime::max()));
        if (SystemClock().Now() < wake) SystemClock().WaitUntil(changed, mutex, wake);
      }
      keeper.Expire();
      const MonotonicTime now = SystemClock().Now();
      if (now >= window_end) {
        recorder.CloseWindow();
        window_end = std::max(window_end + options.window, now);
      }
      service.Wake();
    }
  }

  const HostOptions options;
  const std::string boot_id;
  absl::Status setup;
  Recorder recorder;
  Metrics metrics;
  ConfigKeeper keeper;
  Service service;
  std::unique_ptr<grpc::Server> server;
  std::string address;
  Mutex mutex;
  CondVar changed;
  OwnedThread thread;
};

TunableHost::TunableHost(HostOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

TunableHost::~TunableHost() { Stop(); }

void TunableHost::AddInt(std::string name, IntRange range,
                         std::function<absl::Status(std::int64_t)> apply) {
  Tunable tunable{Describe(std::move(name), v1::PARAMETER_TYPE_INT, range.initial), range.initial,
                  [apply = std::move(apply)](const Value& value) {
                    return apply(std::get<std::int64_t>(value));
                  }};
  SetRange(tunable.description, range);
  impl_->Add(std::move(tunable));
}

void TunableHost::AddDouble(std::string name, DoubleRange range,
                            std::function<absl::Status(double)> apply) {
  Tunable tunable{
      Describe(std::move(name), v1::PARAMETER_TYPE_DOUBLE, range.initial), range.initial,
      [apply = std::move(apply)](const Value& value) { return apply(std::get<double>(value)); }};
  SetRange(tunable.description, range);
  impl_->Add(std::move(tunable));
}

void TunableHost::AddBool(std::string name, bool initial, std::function<absl::Status(bool)> apply) {
  impl_->Add(
      {Describe(std::move(name), v1::PARAMETER_TYPE_BOOL, initial), initial,
       [apply = std::move(apply)](const Value& value) { return apply(std::get<bool>(value)); }});
}

void TunableHost::AddCategory(std::string name, std::vector<std::string> categories,
                              std::string initial,
                              std::function<absl::Status(const std::string&)> apply) {
  Tunable tunable{Describe(std::move(name), v1::PARAMETER_TYPE_CATEGORICAL, initial), initial,
                  [apply = std::move(apply)](const Value& value) {
                    return apply(std::get<std::string>(value));
                  }};
  for (std::string& category : categories) {
    tunable.description.add_categories(std::move(category));
  }
  impl_->Add(std::move(tunable));
}

absl::Status TunableHost::Start() {
  if (!impl_->setup.ok()) return impl_->setup;
  if (impl_->server) return absl::FailedPreconditionError("the host has been started already");
  grpc::ServerBuilder builder;
  // A port in use is an error, not a share.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  int port = 0;
  builder.AddListeningPort(impl_->options.listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&impl_->service);
  impl_->server = builder.BuildAndStart();
  if (!impl_->server || port == 0) {
    impl_->server.reset();
    return Error(absl::StatusCode::kUnavailable, "can't listen on {}: is it in use?",
                 impl_->options.listen);
  }
  const std::size_t colon = impl_->options.listen.rfind(':');
  impl_->address = impl_->options.listen.substr(0, colon) + ":" + std::to_string(port);
  impl_->thread = OwnedThread("tunable", [this](const std::stop_token& stop) { impl_->Run(stop); });
  return absl::OkStatus();
}

std::string TunableHost::address() const { return impl_->address; }

void TunableHost::Stop() {
  impl_->thread.RequestStop();
  impl_->changed.NotifyAll();
  impl_->thread.Join();
  if (!impl_->server) return;
  impl_->service.EndStreams();
  impl_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  impl_->server.reset();
}

Metrics& TunableHost::metrics() { return impl_->metrics; }

void TunableHost::SetAvailable(bool available) { impl_->recorder.SetAvailable(available); }

absl::Status TunableHost::SetFromOperator(const std::map<std::string, Value>& values) {
  return impl_->keeper.SetFromOperator(values);
}

}  // namespace trimtab::host
