// SPDX-License-Identifier: Apache-2.0
// How long requests of several sizes take to a server on the loopback and back,
// over gRPC, in turns with a plain call, which shows what the measuring itself
// costs, beside the bound that is set for one of 1000 bytes:
// 100 ms. Its correctness is tested in tests/unit/runtime/benchmark/ and
// tests/unit/bench/.
//
// Usage: latency_bench [ROUNDS]
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "client/bench/grpc_target.h"
#include "client/runtime/benchmark/latency.h"
#include "client/runtime/benchmark/units.h"
#include "tests/bench/runtime/benchmark/echo_server.h"

namespace trimtab::benchmark {
namespace {

constexpr std::int64_t kSizes[] = {100, 1000, 10000, 100000};
constexpr std::int64_t kRequests = 2000;
constexpr double kBoundNs = 100e6;

struct Arm {
  std::string name;
  std::function<absl::StatusOr<std::int64_t>(const Call&, std::string_view)> send;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Main(int rounds) {
  bench::EchoServer server;
  const auto target =
      bench::MakeGrpcTarget({.address = server.address(), .method = "echo.Echo/Echo"});
  if (const auto status = target->Open(1); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  const std::vector<Arm> arms = {
      {"call in this process",
       [](const Call&, std::string_view payload) -> absl::StatusOr<std::int64_t> {
         return static_cast<std::int64_t>(std::string(payload).size());
       }},
      {"gRPC, loopback", [&](const Call& call, std::string_view payload) {
         return target->Send(call.worker, payload);
       }}};
  bool met = true;
  std::printf("| bytes | arm | p50 | p99 | worst p99 of %d rounds | part of the 100 ms |\n",
              rounds);
  std::printf("|---:|---|---:|---:|---:|---:|\n");
  for (const std::int64_t bytes : kSizes) {
    std::vector<std::vector<double>> p50(arms.size());
    std::vector<std::vector<double>> p99(arms.size());
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t i = 0; i < arms.size(); ++i) {
        const auto result = RunLatency(
            {.name = arms[i].name, .request_bytes = bytes, .send = arms[i].send},
            {.warm_up = std::chrono::milliseconds(100), .count = kRequests}, SystemClock());
        if (!result.ok() || result->failed() > 0) {
          std::fprintf(stderr, "%s: %s\n", arms[i].name.c_str(),
                       result.status().ToString().c_str());
          return 1;
        }
        p50[i].push_back(*result->latency.QuantileNs(0.5));
        p99[i].push_back(*result->latency.QuantileNs(0.99));
      }
    }
    for (std::size_t i = 0; i < arms.size(); ++i) {
      const double worst = *std::max_element(p99[i].begin(), p99[i].end());
      met = met && worst < kBoundNs;
      std::printf("| %ld | %s | %s | %s | %s | %.3f %% |\n", static_cast<long>(bytes),
                  arms[i].name.c_str(), FormatNanos(Median(p50[i])).c_str(),
                  FormatNanos(Median(p99[i])).c_str(), FormatNanos(worst).c_str(),
                  100 * worst / kBoundNs);
    }
  }
  std::printf("\na request of 1000 bytes under 100 ms: %s\n", met ? "met" : "NOT MET");
  return met ? 0 : 1;
}

}  // namespace
}  // namespace trimtab::benchmark

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  return trimtab::benchmark::Main(std::max(1, rounds));
}
