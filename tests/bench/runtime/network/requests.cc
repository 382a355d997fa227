// SPDX-License-Identifier: Apache-2.0
// How long a request and a batch take from end to end, through retrier, pool,
// compression and transport.
#include <cstdlib>

#include "client/runtime/network/batch_requester.h"
#include "client/runtime/network/compressing.h"
#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "client/runtime/network/grpc_server.h"
#include "client/runtime/network/grpc_transport.h"
#include "client/runtime/network/request_pipeline.h"
#include "client/runtime/network/retrier.h"
#include "tests/bench/runtime/network/arms.h"
#include "tests/bench/runtime/network/delayed_echo.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kCount = 2000;
constexpr int kBatchRuns = 50;

template <typename Work>
void Measure(const std::string& name, int count, double bar_ms, const Work& work) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(Milliseconds(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double q) {
    return times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1))];
  };
  std::printf("| %-48s | %8.3f | %8.3f | %8.3f | under %.0f |\n", name.c_str(), at(0.5), at(0.99),
              times.back(), bar_ms);
  std::fflush(stdout);
}

void Require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

void MeasureTransport(const std::string& name, Transport& plain) {
  const auto compressor = Compressor::Create().value();
  CompressingTransport transport(plain, *compressor);
  const auto pool = ConnectionPool<Connection>::Create({}, [&](MonotonicTime d) {
                      return transport.Open(d);
                    }).value();
  const auto retrier = Retrier::Create().value();
  const std::string request(1000, 'r');
  Measure(name + ", a request of 1000 bytes", kCount, 100, [&] {
    const auto answer = retrier->Call(SystemClock().Now() + 100ms, [&](MonotonicTime deadline) {
      return Call(*pool, request, deadline);
    });
    Require(answer.ok() && *answer == request, answer.status().ToString());
  });
  const auto pipeline = RequestPipeline::Create(transport).value();
  const auto requester =
      BatchRequester::Create(
          [&](std::string item, MonotonicTime deadline, const BatchRequester::Done& done) {
            if (absl::Status taken = pipeline->Submit(std::move(item), deadline, done);
                !taken.ok()) {
              done(taken);
            }
          },
          {.batch_size = 10, .timeout = 100ms})
          .value();
  const std::vector<std::string> items(20, std::string(100, 'i'));
  Measure(name + ", 20 items in batches of 10", kBatchRuns, 200, [&] {
    for (const auto& result : requester->Run(items)) {
      Require(result.ok(), result.status().ToString());
    }
  });
}

}  // namespace
}  // namespace trimtab::runtime

int main() {
  using namespace trimtab::runtime;
  std::printf("| %-48s | %8s | %8s | %8s | bar |\n", "", "p50 ms", "p99 ms", "max ms");
  for (const int latency_ms : {0, 5}) {
    DelayedEcho delayed{std::chrono::milliseconds(latency_ms)};
    const auto compressor = Compressor::Create().value();
    const Handler handler = MakeCompressingHandler(*compressor, delayed.AsHandler());
    const std::string by = ", server latency " + std::to_string(latency_ms) + " ms";
    {
      const auto server = *FramedServer::Start({}, handler);
      FramedTransport transport(server->address());
      MeasureTransport("TCP" + by, transport);
    }
    const auto server = *GrpcBytesServer::Start({}, handler);
    GrpcTransport transport(server->address());
    MeasureTransport("gRPC" + by, transport);
  }
  return 0;
}
