// SPDX-License-Identifier: Apache-2.0
// What every transport promises, over loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "client/runtime/network/compressing.h"
#include "client/runtime/network/connection_pool.h"
#include "client/runtime/network/frame_reader.h"
#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "client/runtime/network/grpc_server.h"
#include "client/runtime/network/grpc_transport.h"
#include "client/runtime/network/request_pipeline.h"
#include "tests/support/threads.h"
#include "tests/unit/runtime/network/holding_handler.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// Far off: no test waits for it.
MonotonicTime Far() { return SystemClock().Now() + 60s; }
// Near: a test waits for it, whatever the machine's speed.
MonotonicTime Near() { return SystemClock().Now() + 20ms; }

struct Framed {
  static constexpr int kMaxBytes = 1 << 20;
  explicit Framed(Handler handler)
      : server(*FramedServer::Start({.max_frame_bytes = kMaxBytes}, std::move(handler))),
        transport(server->address(), {.max_frame_bytes = kMaxBytes}) {}
  std::unique_ptr<FramedServer> server;
  FramedTransport transport;
};

struct Grpc {
  static constexpr int kMaxBytes = 1 << 20;
  explicit Grpc(Handler handler)
      : server(*GrpcBytesServer::Start({.max_message_bytes = kMaxBytes}, std::move(handler))),
        transport(server->address(), {.max_message_bytes = kMaxBytes}) {}
  std::unique_ptr<GrpcBytesServer> server;
  GrpcTransport transport;
};

template <typename Peer>
class TransportTest : public ::testing::Test {};
using Peers = ::testing::Types<Framed, Grpc>;
TYPED_TEST_SUITE(TransportTest, Peers);

TYPED_TEST(TransportTest, CarriesRequestsAndAnswersOfAnySize) {
  TypeParam peer([](std::string request, const Reply& reply) { reply(request + "!"); });
  const auto connection = peer.transport.Open(Far());
  ASSERT_TRUE(connection.ok()) << connection.status();
  for (const std::size_t size : {0, 1, 1000, 100000, 1000000}) {
    const std::string request(size, 'x');
    EXPECT_EQ(*Call(**connection, request, Far()), request + "!");
  }
  EXPECT_TRUE((*connection)->Healthy());
}

TYPED_TEST(TransportTest, AnErrorOfThePeersLeavesTheConnectionUsable) {
  TypeParam peer([](std::string request, const Reply& reply) {
    if (request == "missing") return reply(absl::NotFoundError("not here"));
    if (request == "throw") throw std::runtime_error("thrown");
    if (request != "forget") reply(std::move(request));
  });
  const auto connection = peer.transport.Open(Far());
  ASSERT_TRUE(connection.ok());
  EXPECT_EQ(Call(**connection, "missing", Far()).status(), absl::NotFoundError("not here"));
  EXPECT_EQ(Call(**connection, "throw", Far()).status(), absl::UnknownError("thrown"));
  EXPECT_EQ(Call(**connection, "forget", Far()).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(*Call(**connection, "fine", Far()), "fine");
}

TYPED_TEST(TransportTest, HandsOverAnswersInTheOrderOfRequests) {
  HoldingHandler holding;
  TypeParam peer(holding.AsHandler());
  const auto connection = peer.transport.Open(Far());
  ASSERT_TRUE(connection.ok());
  for (const char* request : {"a", "b", "c"}) {
    ASSERT_TRUE((*connection)->Send(request, Far()).ok());
    holding.Await(request);
  }
  // The last is answered first.
  for (const char* request : {"c", "b", "a"}) holding.Answer(request);
  for (const char* request : {"a", "b", "c"}) {
    EXPECT_EQ(*(*connection)->Receive(Far()), std::string("re ") + request);
  }
}

TYPED_TEST(TransportTest, AnAnswerThatComesTooLateIsDropped) {
  HoldingHandler holding;
  TypeParam peer(holding.AsHandler());
  const auto connection = peer.transport.Open(Far());
  ASSERT_TRUE(connection.ok());
  EXPECT_EQ(Call(**connection, "slow", Near()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE((*connection)->Usable());
  ASSERT_TRUE((*connection)->Send("next", Far()).ok());
  holding.Await("next");
  holding.Answer("slow");
  holding.Answer("next");
  EXPECT_EQ(*(*connection)->Receive(Far()), "re next");
  EXPECT_TRUE((*connection)->Usable());
}

TYPED_TEST(TransportTest, RefusesARequestThatIsTooLarge) {
  TypeParam peer([](std::string request, const Reply& reply) { reply(std::move(request)); });
  const auto connection = peer.transport.Open(Far());
  ASSERT_TRUE(connection.ok());
  const auto refused = Call(**connection, std::string((1 << 20) + 1, 'x'), Far());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*Call(**connection, "fine", Far()), "fine");
}

TYPED_TEST(TransportTest, AnAnswerThatIsTooLargeIsTheErrorOfItsRequestAlone) {
  TypeParam peer([](std::string request, const Reply& reply) {
    if (request == "large") request.assign((1 << 20) + 1, 'x');
    reply(std::move(request));
  });
  const auto connection = peer.transport.Open(Far());
  ASSERT_TRUE(connection.ok());
  for (const char* request : {"before", "large", "after"}) {
    ASSERT_TRUE((*connection)->Send(request, Far()).ok());
  }
  EXPECT_EQ(*(*connection)->Receive(Far()), "before");
  EXPECT_EQ((*connection)->Receive(Far()).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*(*connection)->Receive(Far()), "after");
  EXPECT_TRUE((*connection)->Healthy());
}

TYPED_TEST(TransportTest, TellsWhereNobodyListens) {
  std::string address;
  {
    TypeParam peer([](std::string, const Reply&) {});
    address = peer.server->address();
  }
  decltype(TypeParam::transport) transport(address);
  const auto opened = transport.Open(Far());
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(opened.status().message()), HasSubstr(address));
}

TYPED_TEST(TransportTest, ABrokenConnectionSaysSo) {
  HoldingHandler holding;
  TypeParam peer(holding.AsHandler());
  const auto connection = peer.transport.Open(Far());
  ASSERT_TRUE(connection.ok());
  ASSERT_TRUE((*connection)->Send("a", Far()).ok());
  holding.Await("a");
  (*connection)->Break();
  EXPECT_EQ((*connection)->Receive(Far()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE((*connection)->Usable());
  EXPECT_FALSE((*connection)->Healthy());
  EXPECT_EQ((*connection)->Send("b", Far()).code(), absl::StatusCode::kUnavailable);
  holding.AnswerAll();
}

TYPED_TEST(TransportTest, ServesAPoolOfManyCallers) {
  TypeParam peer([](std::string request, const Reply& reply) { reply(std::move(request)); });
  const auto pool = ConnectionPool<Connection>::Create({.size = 3}, [&](MonotonicTime deadline) {
                      return peer.transport.Open(deadline);
                    }).value();
  InParallel(6, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      const std::string request = std::to_string(thread * 1000 + i);
      EXPECT_EQ(*Call(*pool, request, Far()), request);
    }
  });
  EXPECT_LE(pool->stats().opened, 3);
}

TYPED_TEST(TransportTest, ServesAPipelineThatCompresses) {
  const auto server = Compressor::Create({.threshold_bytes = 100}).value();
  const auto client =
      Compressor::Create({.encoding = Encoding::kLz4, .threshold_bytes = 100}).value();
  TypeParam peer(MakeCompressingHandler(
      *server, [](std::string request, const Reply& reply) { reply(std::move(request)); }));
  CompressingTransport transport(peer.transport, *client);
  const auto pipeline = RequestPipeline::Create(transport).value();
  std::vector<std::future<absl::StatusOr<std::string>>> answers;
  for (int i = 0; i < 100; ++i) {
    answers.push_back(pipeline->Submit(std::string(1000, static_cast<char>('a' + i % 26)), Far()));
    // The first answer says what the peer can read.
    if (i == 0) answers.front().wait();
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(*answers[i].get(), std::string(1000, static_cast<char>('a' + i % 26)));
  }
  EXPECT_EQ(client->stats().compressed, 99);
  EXPECT_EQ(server->stats().compressed, 100);
}

TEST(GrpcBytesServerTest, CountsItsCalls) {
  Grpc peer([](std::string request, const Reply& reply) {
    if (request == "missing") return reply(absl::NotFoundError("not here"));
    reply(std::move(request));
  });
  const auto connection = *peer.transport.Open(Far());
  EXPECT_TRUE(Call(*connection, "fine", Far()).ok());
  EXPECT_FALSE(Call(*connection, "missing", Far()).ok());
  GrpcTransport elsewhere(peer.server->address(), {.method = "/trimtab.runtime.Bytes/Other"});
  EXPECT_TRUE(absl::IsUnimplemented(Call(**elsewhere.Open(Far()), "fine", Far()).status()));
  // A call ends after its answer has left.
  while (peer.server->stats().calls > 0) std::this_thread::yield();
  EXPECT_EQ(peer.server->stats().requests, 2);
  EXPECT_EQ(peer.server->stats().failed, 1);
  EXPECT_EQ(peer.server->stats().refused, 1);
}

TEST(ReplyTest, OfManyAnswersAtOnceOneCounts) {
  for (int i = 0; i < 1000; ++i) {
    std::atomic<int> told{0};
    const Reply reply([&](const absl::StatusOr<std::string>& answer) {
      EXPECT_TRUE(answer.ok());
      ++told;
    });
    InParallel(3, [&](int) { reply(std::string("a")); });
    EXPECT_EQ(told, 1);
  }
}

TEST(TransportOptionsTest, LimitsOutOfRangeAreRefused) {
  const Handler echo = [](std::string request, const Reply& reply) { reply(std::move(request)); };
  const auto refused = absl::StatusCode::kInvalidArgument;
  for (const std::size_t bytes : {std::size_t{0}, kLargestMaxFrameBytes + 1}) {
    EXPECT_EQ(FramedServer::Start({.max_frame_bytes = bytes}, echo).status().code(), refused);
    FramedTransport framed("127.0.0.1:9", {.max_frame_bytes = bytes});
    EXPECT_EQ(framed.Open(Far()).status().code(), refused);
  }
  for (const int bytes : {0, -1}) {
    EXPECT_EQ(GrpcBytesServer::Start({.max_message_bytes = bytes}, echo).status().code(), refused);
    GrpcTransport grpc("127.0.0.1:9", {.max_message_bytes = bytes});
    EXPECT_EQ(grpc.Open(Far()).status().code(), refused);
  }
}

TEST(TransportOptionsTest, TlsThatIsSetInPartIsRefusedNotLeftOut) {
  const Handler echo = [](std::string request, const Reply& reply) { reply(std::move(request)); };
  const auto refused = absl::StatusCode::kInvalidArgument;
  for (const GrpcTls& tls :
       {GrpcTls{.private_key = "key"}, GrpcTls{.certificate = "certificate"}}) {
    EXPECT_EQ(GrpcBytesServer::Start({.tls = tls}, echo).status().code(), refused);
    GrpcTransport transport("127.0.0.1:9", {.tls = tls});
    EXPECT_EQ(transport.Open(Far()).status().code(), refused);
  }
  // A client needs no certificate, a server does.
  EXPECT_EQ(GrpcBytesServer::Start({.tls = {.root_certificates = "roots"}}, echo).status().code(),
            refused);
}

TEST(FrameReaderTest, KeepsNoLargeBufferOnceItIsEmpty) {
  const auto listener = *Listener::Listen("127.0.0.1:0");
  const auto socket = *Socket::Connect(listener->address(), Far());
  const auto peer = listener->Accept();
  FrameReader reader(*socket, kDefaultMaxFrameBytes);
  const std::string body(4 << 20, 'x');
  auto write = std::async(std::launch::async, [&] {
    const auto head = EncodeFrameHead({static_cast<std::uint32_t>(body.size()), 0, 0});
    return peer->Write({head.data(), head.size()}, body, Far());
  });
  EXPECT_EQ(reader.Next(Far())->body, body);
  ASSERT_TRUE(write.get().ok());
  EXPECT_LT(reader.kept_bytes(), std::size_t{1} << 20);
}

TEST(FramedServerTest, AServerThatGoesAwayBreaksTheConnectionAndThePoolReplacesIt) {
  Framed peer([](std::string request, const Reply& reply) { reply(std::move(request)); });
  const auto pool = ConnectionPool<Connection>::Create(
                        {.size = 2, .check_every = {}},
                        [&](MonotonicTime deadline) { return peer.transport.Open(deadline); })
                        .value();
  EXPECT_TRUE(Call(*pool, "a", Far()).ok());
  peer.server->DropConnections();
  EXPECT_TRUE(Call(*pool, "b", Far()).ok());
  EXPECT_EQ(pool->stats().opened, 2);
}

TEST(FramedServerTest, RefusesMoreConnectionsThanAllowed) {
  const auto server = *FramedServer::Start(
      {.max_connections = 1}, [](std::string request, const Reply& reply) { reply(request); });
  FramedTransport transport(server->address());
  const auto first = transport.Open(Far());
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(Call(**first, "a", Far()).ok());
  const auto second = transport.Open(Far());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(Call(**second, "b", Far()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(server->stats().refused, 1);
  EXPECT_EQ(server->stats().requests, 1);
  EXPECT_EQ(Export(server->stats()).front().value, 1);
}

TEST(FramedServerTest, GivesUpOnAStreamThatIsNoneOfItsProtocol) {
  const auto server = *FramedServer::Start(
      {.max_frame_bytes = 1000}, [](std::string request, const Reply& reply) { reply(request); });
  const auto socket = Socket::Connect(server->address(), Far());
  ASSERT_TRUE(socket.ok());
  ASSERT_TRUE((*socket)->Write("GET / HTTP/1.1\r\n\r\n", {}, Far()).ok());
  char byte = 0;
  EXPECT_EQ((*socket)->Read(&byte, 1, Far()).status().code(), absl::StatusCode::kUnavailable);
}

TEST(FramedServerTest, AnAnswerOutOfTurnBreaksTheConnection) {
  const auto listener = *Listener::Listen("127.0.0.1:0");
  FramedTransport transport(listener->address());
  const auto connection = transport.Open(Far());
  ASSERT_TRUE(connection.ok());
  const auto peer = listener->Accept();
  const auto head = EncodeFrameHead({0, 77, 0});
  ASSERT_TRUE(peer->Write({head.data(), head.size()}, {}, Far()).ok());
  EXPECT_EQ(Call(**connection, "a", Far()).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE((*connection)->Usable());
}

TEST(SocketTest, RefusesWhatIsNoAddress) {
  for (const char* address :
       {"", "localhost:80", "1.2.3.4", "1.2.3.4:x", "1.2.3.4:70000", "::1:80"}) {
    EXPECT_EQ(Socket::Connect(address, Far()).status().code(), absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST(SocketTest, KnowsWhenThePeerIsGoneOrSaidSomethingUnasked) {
  const auto listener = *Listener::Listen("127.0.0.1:0");
  const auto socket = *Socket::Connect(listener->address(), Far());
  auto peer = listener->Accept();
  EXPECT_TRUE(socket->Healthy());
  ASSERT_TRUE(peer->Write("?", {}, Far()).ok());
  char byte = 0;
  ASSERT_TRUE(socket->Read(&byte, 1, Far()).ok());
  EXPECT_TRUE(socket->Healthy());
  peer.reset();
  EXPECT_FALSE(socket->Read(&byte, 1, Far()).ok());
  EXPECT_FALSE(socket->Healthy());
}

}  // namespace
}  // namespace trimtab::runtime
