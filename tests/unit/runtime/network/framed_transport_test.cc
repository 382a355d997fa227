// SPDX-License-Identifier: Apache-2.0
// What the length-prefixed protocol does with a peer that doesn't read, and its
// server with handlers that ask about it as it ends.
#include "client/runtime/network/framed_transport.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "client/runtime/network/framed_server.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;

MonotonicTime Far() { return SystemClock().Now() + 60s; }
// Near: a test waits for it, whatever the machine's speed.
MonotonicTime Near() { return SystemClock().Now() + 20ms; }

// A peer that accepts and reads nothing unless told.
class MutePeer {
 public:
  MutePeer()
      : listener_(*Listener::Listen("127.0.0.1:0")),
        transport_(listener_->address()),
        connection_(*transport_.Open(Far())),
        socket_(listener_->Accept()) {}
  Connection& connection() { return *connection_; }
  // Sends requests of `bytes` until one isn't sent in time; that one's status.
  absl::Status SendUntilLate(std::size_t bytes) {
    while (true) {
      const absl::Status sent = connection_->Send(std::string(bytes, 'x'), Near());
      if (!sent.ok()) return sent;
      ++sent_;
    }
  }
  std::size_t sent() const { return sent_; }
  // Reads what came: `bytes`, or less at the end of the stream.
  std::string Read(std::size_t bytes) {
    std::string all(bytes, '\0');
    std::size_t size = 0;
    while (size < bytes) {
      const auto got = socket_->Read(all.data() + size, bytes - size, Far());
      if (!got.ok()) break;
      size += *got;
    }
    all.resize(size);
    return all;
  }

 private:
  const std::unique_ptr<Listener> listener_;
  FramedTransport transport_;
  const std::unique_ptr<Connection> connection_;
  const std::unique_ptr<Socket> socket_;
  std::size_t sent_ = 0;
};

TEST(FramedTransportTest, ARequestThatWasSentInPartBreaksTheConnection) {
  MutePeer peer;
  // More than a socket takes in at once.
  EXPECT_EQ(peer.SendUntilLate(16 << 20).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(peer.connection().Usable());
  EXPECT_EQ(peer.connection().Send("x", Far()).code(), absl::StatusCode::kUnavailable);
}

TEST(FramedTransportTest, ARequestThatWasNotBegunLeavesItUsable) {
  constexpr std::size_t kBody = 4;
  MutePeer peer;
  EXPECT_EQ(peer.SendUntilLate(kBody).code(), absl::StatusCode::kDeadlineExceeded);
  const std::size_t whole = peer.sent() * (kFrameHeadBytes + kBody);
  EXPECT_EQ(peer.Read(whole).size(), whole);
  if (!peer.connection().Usable()) {
    // The system took a part of the last one after all.
    const std::string rest = peer.Read(kFrameHeadBytes + kBody);
    EXPECT_GT(rest.size(), 0U);
    EXPECT_LT(rest.size(), kFrameHeadBytes + kBody);
    return;
  }
  ASSERT_TRUE(peer.connection().Send("next", Far()).ok());
  // Nothing lies between.
  const auto head = EncodeFrameHead({kBody, static_cast<std::uint32_t>(peer.sent()), 0});
  EXPECT_EQ(peer.Read(kFrameHeadBytes + kBody), std::string(head.data(), head.size()) + "next");
}

TEST(FramedServerTest, AHandlerMayAskForStatisticsWhileTheServerEnds) {
  std::atomic<FramedServer*> serving{nullptr};
  std::atomic<bool> ending{false};
  std::atomic<bool> asked{false};
  auto server = *FramedServer::Start({}, [&](std::string request, const Reply& reply) {
    while (!ending) std::this_thread::yield();
    // The end waits for this handler.
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(serving.load()->stats().accepted, 1);
    asked = true;
    reply(std::move(request));
  });
  serving = server.get();
  FramedTransport transport(server->address());
  const auto connection = transport.Open(Far());
  ASSERT_TRUE(connection.ok());
  ASSERT_TRUE((*connection)->Send("x", Far()).ok());
  while (server->stats().requests < 1) std::this_thread::yield();
  ending = true;
  server.reset();
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace trimtab::runtime
