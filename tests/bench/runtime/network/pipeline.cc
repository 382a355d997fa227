// SPDX-License-Identifier: Apache-2.0
// What depth does to the throughput of one connection, by the latency of the
// server.
#include <cstdlib>
#include <future>

#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "client/runtime/network/grpc_server.h"
#include "client/runtime/network/grpc_transport.h"
#include "client/runtime/network/request_pipeline.h"
#include "tests/bench/runtime/network/arms.h"
#include "tests/bench/runtime/network/delayed_echo.h"

namespace trimtab::runtime {
namespace {

constexpr int kRounds = 11;
constexpr int kRequests = 200;

MonotonicTime Far() { return SystemClock().Now() + std::chrono::minutes(1); }

void SendMany(RequestPipeline& pipeline) {
  std::vector<std::future<absl::StatusOr<std::string>>> answers;
  for (int i = 0; i < kRequests; ++i) {
    answers.push_back(pipeline.Submit(std::string(1000, 'r'), Far()));
  }
  for (auto& answer : answers) {
    if (!answer.get().ok()) std::exit(1);
  }
}

void Measure(const std::string& title, Transport& transport) {
  const auto one = RequestPipeline::Create(transport, {.depth = 1}).value();
  const auto ten = RequestPipeline::Create(transport, {.depth = 10}).value();
  const auto hundred = RequestPipeline::Create(transport, {.depth = 100}).value();
  bench::Compare("\n" + title,
                 {{"depth 1, 200 requests", [&] { SendMany(*one); }},
                  {"depth 100, 200 requests", [&] { SendMany(*hundred); }},
                  {"depth 10, 200 requests", [&] { SendMany(*ten); }}},
                 kRounds, 1, bench::Time::kWallAndProcess);
}

}  // namespace
}  // namespace trimtab::runtime

int main() {
  using namespace trimtab::runtime;
  const Handler echo = [](std::string request, const Reply& reply) { reply(std::move(request)); };
  for (const int latency_us : {0, 100, 1000}) {
    DelayedEcho delayed{std::chrono::microseconds(latency_us)};
    const Handler handler = latency_us == 0 ? echo : delayed.AsHandler();
    const std::string by = ", server latency " + std::to_string(latency_us) + " us";
    {
      const auto server = *FramedServer::Start({}, handler);
      FramedTransport transport(server->address());
      Measure("length-prefixed TCP" + by, transport);
    }
    const auto server = *GrpcBytesServer::Start({}, handler);
    GrpcTransport transport(server->address());
    Measure("gRPC" + by, transport);
  }
  return 0;
}
