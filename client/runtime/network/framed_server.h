// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "client/runtime/network/frame.h"
#include "client/runtime/network/handler.h"
#include "client/runtime/network/socket.h"
#include "client/runtime/statistic.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

struct FramedServerOptions {
  // "IPV4:PORT" or "[IPV6]:PORT"; port 0: any free one.
  std::string listen = "127.0.0.1:0";
  // Longer requests break their connection; a longer answer is RESOURCE_EXHAUSTED
  // for its request alone. 1 to kLargestMaxFrameBytes.
  std::size_t max_frame_bytes = kDefaultMaxFrameBytes;
  // Connections beyond are closed at once; from 1.
  std::size_t max_connections = 1000;
  // Requests of a connection that have no answer yet; no more are read from it
  // until there is room. From 1.
  std::size_t max_unanswered = 1000;
};

struct FramedServerStats {
  std::int64_t connections = 0;
  std::int64_t accepted = 0;
  std::int64_t refused = 0;
  std::int64_t requests = 0;
};
std::vector<Statistic> Export(const FramedServerStats& stats);

// A server of the length-prefixed protocol (frame.h): a thread for accepting
// and one for each connection, which calls the handler; so a handler that waits
// holds up the later requests of its connection only, and one that replies
// later none. Answers leave in the order of the requests, as many in a write as
// are ready; the thread that replies writes them, and waits up to 30 s for a
// client that doesn't read. Small on purpose: for hosts of one machine, tests
// and benchmarks.
//
// Thread-safe. The destructor closes all connections and waits for handlers
// that are running; replies that come later go nowhere.
class FramedServer {
 public:
  // INVALID_ARGUMENT, UNAVAILABLE when the address can't be listened on, or
  // RESOURCE_EXHAUSTED when the system gives no thread.
  static absl::StatusOr<std::unique_ptr<FramedServer>> Start(FramedServerOptions options,
                                                             Handler handler);
  ~FramedServer();
  FramedServer(const FramedServer&) = delete;
  FramedServer& operator=(const FramedServer&) = delete;

  // Where it listens, the port resolved.
  const std::string& address() const { return listener_->address(); }
  // Closes all connections, as a failing server would; new ones are accepted.
  void DropConnections();
  FramedServerStats stats() const;

 private:
  class Session;
  struct Served {
    std::shared_ptr<Session> session;
    OwnedThread thread;
  };

  FramedServer(FramedServerOptions options, Handler handler, std::unique_ptr<Listener> listener);
  void AcceptLoop(const std::stop_token& stop);
  void Reap();

  const FramedServerOptions options_;
  const Handler handler_;
  const std::unique_ptr<Listener> listener_;
  mutable Mutex mutex_;
  std::list<Served> served_ TRIMTAB_GUARDED_BY(mutex_);
  FramedServerStats counted_ TRIMTAB_GUARDED_BY(mutex_);
  OwnedThread acceptor_;
};

}  // namespace trimtab::runtime
