// SPDX-License-Identifier: Apache-2.0
// What a call costs over a connection of the pool, and over a new one.
#include <cstdlib>
#include <memory>

#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "client/runtime/network/grpc_server.h"
#include "client/runtime/network/grpc_transport.h"
#include "tests/bench/runtime/network/arms.h"
#include "tests/bench/runtime/network/certificates.h"

namespace trimtab::runtime {
namespace {

constexpr int kRounds = 21;
constexpr int kCalls = 40;

MonotonicTime Far() { return SystemClock().Now() + std::chrono::minutes(1); }

void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

void Measure(const std::string& title, Transport& transport) {
  const std::string request(1000, 'r');
  const auto pool = ConnectionPool<Connection>::Create({}, [&](MonotonicTime deadline) {
                      return transport.Open(deadline);
                    }).value();
  const auto single = transport.Open(Far());
  Require(single.status());
  bench::Compare(
      "\n" + title,
      {{"new connection for each call",
        [&] {
          const auto connection = transport.Open(Far());
          Require(connection.status());
          Require(Call(**connection, request, Far()).status());
        }},
       {"one connection, no pool", [&] { Require(Call(**single, request, Far()).status()); }},
       {"pool", [&] { Require(Call(*pool, request, Far()).status()); }}},
      kRounds, kCalls);
}

}  // namespace
}  // namespace trimtab::runtime

int main() {
  using namespace trimtab::runtime;
  const Handler echo = [](std::string request, const Reply& reply) { reply(std::move(request)); };
  {
    const auto server = *GrpcBytesServer::Start({}, echo);
    GrpcTransport transport(server->address());
    Measure("gRPC, 1000 bytes", transport);
  }
  {
    const GrpcTls tls = MakeCertificates();
    const auto server = GrpcBytesServer::Start({.tls = tls}, echo);
    Require(server.status());
    GrpcTransport transport((*server)->address(), {.tls = tls});
    Measure("gRPC with mTLS, 1000 bytes", transport);
  }
  const auto server = *FramedServer::Start({}, echo);
  FramedTransport transport(server->address());
  Measure("length-prefixed TCP, 1000 bytes", transport);
  return 0;
}
