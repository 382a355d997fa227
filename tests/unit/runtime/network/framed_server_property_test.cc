// SPDX-License-Identifier: Apache-2.0
// A server of the length-prefixed protocol, over loopback, under any sequence of
// requests, of answers out of order and of connections dropped.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/runtime/network/framed_server.h"
#include "client/runtime/network/framed_transport.h"
#include "tests/unit/runtime/network/holding_handler.h"
#include "tests/unit/runtime/network/under_change.h"

namespace trimtab::runtime {
namespace {

// A connection and what was sent over it and not yet heard of.
class Client {
 public:
  explicit Client(Transport& transport) : transport_(transport) {}

  // Whether it was sent.
  bool Send(const std::string& request) {
    if (connection_ == nullptr) connection_ = transport_.Open(Far()).value();
    if (!connection_->Send(request, Far()).ok()) return false;
    sent_.push_back(request);
    return true;
  }
  // Hears of all that was sent: its own answers in order, and once the connection
  // is lost, that.
  void ReceiveAll(bool lost) {
    bool over = false;
    for (; !sent_.empty(); sent_.pop_front()) {
      const auto answer = connection_->Receive(Far());
      RC_ASSERT(lost || answer.ok());
      if (answer.ok()) RC_ASSERT(*answer == "re " + sent_.front());
      RC_ASSERT(answer.ok() || absl::IsUnavailable(answer.status()));
      RC_ASSERT(!over || !answer.ok());
      over = !answer.ok();
    }
    if (lost) connection_.reset();
  }

 private:
  Transport& transport_;
  std::unique_ptr<Connection> connection_;
  std::deque<std::string> sent_;
};

RC_GTEST_PROP(FramedServerProperty, EveryRequestHasItsOwnAnswerInOrderOrALostConnection, ()) {
  HoldingHandler holding;
  const auto server = FramedServer::Start({}, holding.AsHandler()).value();
  FramedTransport transport(server->address());
  std::array<Client, 2> clients = {Client(transport), Client(transport)};
  std::vector<std::string> held;
  int next = 0;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 10), rc::gen::inRange(0, 100)));
  for (const auto& [step, number] : steps) {
    if (step <= 4) {
      const std::string request = std::to_string(next++);
      RC_ASSERT(clients[static_cast<std::size_t>(number % 2)].Send(request));
      holding.Await(request);
      held.push_back(request);
    } else if (step <= 8 && !held.empty()) {
      const auto which = held.begin() + number % static_cast<int>(held.size());
      holding.Answer(*which);
      held.erase(which);
    } else if (step == 9 && number < 30) {
      server->DropConnections();
      // Answers that come now go nowhere.
      holding.AnswerAll();
      held.clear();
      for (Client& client : clients) client.ReceiveAll(/*lost=*/true);
    }
  }
  holding.AnswerAll();
  for (Client& client : clients) client.ReceiveAll(/*lost=*/false);
  RC_ASSERT(server->stats().requests == next);
}

}  // namespace
}  // namespace trimtab::runtime
