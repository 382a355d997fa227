// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "daemon/api/call_gate.h"

namespace trimtab {

// The doors of a Unix socket. What gRPC knows of a connection is by which door it
// came, and doors are made before the server starts: so there is one for each uid
// that has a role of its own, kSpare for the first others that come, and one for
// all the rest, who stay nobody. That bounds the callers' names, too.
class UnixDoors {
 public:
  static constexpr int kSpare = 16;

  // Adds the doors to a server; `gate` must outlive it.
  UnixDoors(grpc::ServerBuilder& builder, CallGate& gate);

  // Lets in a connection accepted by `listener`, and owns it. After the server's
  // start, on one thread.
  void Accept(int listener, int connection, uid_t uid);

 private:
  struct Door {
    std::shared_ptr<std::atomic<std::int64_t>> uid;
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  };
  static Door Make(grpc::ServerBuilder& builder, CallGate& gate, std::int64_t uid);
  Door& Of(uid_t uid);

  std::map<uid_t, Door> known_;
  std::vector<Door> spare_;
  Door rest_;
};

}  // namespace trimtab
