// SPDX-License-Identifier: Apache-2.0
// The demo's host: serves lookups over TCP, and to the tuner its parameters, its
// metrics and, as a staging host, a benchmark of its own.
#include <trimtab/host.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "client/demo/connection_server.h"
#include "client/demo/lookup.h"
#include "client/demo/wire.h"
#include "client/demo/workload.h"
#include "client/runtime/batch/register.h"
#include "client/runtime/benchmark/host/host_benchmark.h"
#include "client/runtime/cache/register.h"
#include "client/runtime/concurrency/register.h"
#include "client/runtime/network/register.h"

namespace trimtab::demo {
namespace {

// Of its own load.
constexpr double kWritePercent = 33;
// Who had to wait so long to be sent has gone away: the request is refused, so
// that a backlog is soon over.
constexpr auto kPatience = std::chrono::milliseconds(300);

host::Outcome ToOutcome(Result result) {
  switch (result) {
    case Result::kOk:
      return host::Outcome::kOk;
    case Result::kTimeout:
      return host::Outcome::kTimeout;
    case Result::kError:
      return host::Outcome::kError;
  }
  return host::Outcome::kError;
}

Result Handle(const Workload::Request& request, Lookup& lookup, std::string* values) {
  return request.op == Op::kGet ? lookup.Get(request.keys, values) : lookup.Put(request.items);
}

// Serves one client's connection to its end, a request at a time.
void Serve(int connection, Lookup& lookup, host::MetricsRecorder metrics) {
  RequestHead head;
  std::vector<std::uint32_t> keys;
  while (ReadRequest(connection, &head, &keys) && head.op != Op::kRefresh) {
    const Workload::Request request{head.op, std::move(keys), head.count};
    // From the intended send on, so that waiting at the client counts too.
    const std::chrono::nanoseconds age(head.age_ns);
    host::RequestTimer timer = metrics.Begin(std::chrono::steady_clock::now() - age);
    std::string values;
    const Result result = age > kPatience ? Result::kTimeout : Handle(request, lookup, &values);
    timer.Finish(ToOutcome(result), static_cast<std::int64_t>(values.size()));
    if (result != Result::kOk) values.clear();
    const ResponseHead answer{result, static_cast<std::uint32_t>(values.size())};
    if (!WriteAll(connection, &answer, sizeof(answer)) ||
        !WriteAll(connection, values.data(), values.size())) {
      break;
    }
  }
}

void AddParameters(host::TunableHost& host, Lookup& lookup) {
  RegisterParameters(host, lookup.workers());
  RegisterParameters(host, lookup.backend().pool());
  RegisterParameters(host, lookup.cache());
  RegisterParameters(host, lookup.batcher());
  RegisterParameters(host, lookup.retrier());
}

// The load of the demo's users, made by the host itself.
benchmark::Benchmark OwnLoad(const benchmark::Load& load, Lookup& lookup) {
  auto workload = std::make_shared<const Workload>(kWritePercent);
  // A generator for each of the load's workers.
  auto randoms = std::make_shared<std::vector<Random>>();
  for (int i = 0; i < load.concurrency; ++i) {
    randoms->emplace_back(load.seed * 1000 + static_cast<std::uint64_t>(i));
  }
  return {.name = "lookup",
          .run = [=, &lookup](const benchmark::Call& call) -> absl::StatusOr<std::int64_t> {
            Random& random = (*randoms)[static_cast<std::size_t>(call.worker)];
            std::string values;
            switch (Handle(workload->Draw(random), lookup, &values)) {
              case Result::kOk:
                return static_cast<std::int64_t>(values.size());
              case Result::kTimeout:
                return absl::DeadlineExceededError("the backend was too slow");
              case Result::kError:
                break;
            }
            return absl::UnavailableError("the lookup failed");
          }};
}

int Run(const std::string& listen, const std::string& data_listen, const std::string& backend,
        int window_ms, const std::optional<benchmark::Load>& own_load) {
  if (const auto probe = Connect(backend); probe.ok()) {
    close(*probe);
  } else {
    std::fprintf(stderr, "--backend: %s\n", probe.status().ToString().c_str());
    return 1;
  }
  const auto created = Lookup::Create(backend);
  if (!created.ok()) {
    std::fprintf(stderr, "%s\n", created.status().ToString().c_str());
    return 1;
  }
  Lookup& lookup = **created;
  host::TunableHost host({.service = "lookup",
                          .instance = "demo",
                          .listen = listen,
                          .window_length = std::chrono::milliseconds(window_ms)});
  AddParameters(host, lookup);
  if (own_load) {
    host.SetBenchmark(benchmark::ForHost(host.metrics(), OwnLoad(*own_load, lookup), *own_load));
  }
  const auto server = ConnectionServer::Start(
      data_listen, [&](int connection) { Serve(connection, lookup, host.metrics()); });
  const absl::Status started = server.ok() ? host.Start() : server.status();
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.ToString().c_str());
    return 1;
  }
  std::printf("tuner %s\ndata %s\n", host.address().c_str(), (*server)->address().c_str());
  std::fflush(stdout);
  AwaitSignal();
  host.Stop();
  return 0;
}

}  // namespace
}  // namespace trimtab::demo

int main(int argc, char** argv) {
  CLI::App app("The demo's host: a lookup service that can be tuned.");
  std::string listen = "127.0.0.1:0";
  std::string data_listen = "127.0.0.1:0";
  std::string backend;
  int window_ms = 500;
  app.add_option("--listen", listen, "where the tuner reaches it")->capture_default_str();
  app.add_option("--data-listen", data_listen, "where clients reach it")->capture_default_str();
  app.add_option("--backend", backend, "address of trimtab-demo-backend")->required();
  app.add_option("--window-ms", window_ms, "length of a window of metrics")
      ->check(CLI::Range(50, 60000))
      ->capture_default_str();
  using trimtab::benchmark::Load;
  std::string own_load;
  Load load{.concurrency = 96, .rate = 150};
  app.add_option("--benchmark", own_load,
                 "serve a benchmark, so that it can be tuned without traffic: closed, constant or "
                 "poisson")
      ->check(CLI::IsMember({"closed", "constant", "poisson"}));
  app.add_option("--benchmark-rate", load.rate, "requests a second, of constant and poisson")
      ->check(CLI::Range(1.0, 100000.0))
      ->capture_default_str();
  app.add_option("--benchmark-concurrency", load.concurrency, "requests under way at once, at most")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::optional<Load> benchmark;
  if (!own_load.empty()) {
    ParseKind(own_load, &load.kind);
    if (!load.open()) load.rate = 0;
    benchmark = load;
  }
  trimtab::demo::BlockSignals();
  return trimtab::demo::Run(listen, data_listen, backend, window_ms, benchmark);
}
