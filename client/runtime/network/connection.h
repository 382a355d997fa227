// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "daemon/base/clock.h"

namespace trimtab::runtime {

// What a ConnectionPool keeps. Destroying it closes it.
class Poolable {
 public:
  virtual ~Poolable() = default;

  // Whether it can serve another request. Cheap, and never waits for the peer.
  virtual bool Healthy() const = 0;
};

// One connection to a peer that answers requests in the order in which they
// were sent.
//
// Errors: a status of the peer's own, and a request that was given up, leave
// the connection usable. When the peer is gone (UNAVAILABLE) or breaks the
// protocol (DATA_LOSS) it no longer is; every request still under way ends in
// UNAVAILABLE then, and it isn't known which of them were carried out.
//
// Healthy() is false too while an answer that was given up may still come, and
// when the peer seems to hang, so that a pool lends no such connection.
//
// One thread may send while another one receives. Deadlines are moments of the
// clock that the connection was opened with.
class Connection : public Poolable {
 public:
  // Sends a request, which is answered at `deadline` at the latest.
  // INVALID_ARGUMENT when it is too large; nothing was sent then.
  // DEADLINE_EXCEEDED when the peer reads too slowly: while it is Usable() still,
  // nothing was sent either.
  virtual absl::Status Send(std::string_view request, MonotonicTime deadline) = 0;

  // The answer to the oldest request that has none yet, of which there must be
  // one. DEADLINE_EXCEEDED gives that request up: should its answer still come,
  // it is dropped, and the next Receive() is about the next request.
  virtual absl::StatusOr<std::string> Receive(MonotonicTime deadline) = 0;

  // Whether requests can still be sent. For any thread.
  virtual bool Usable() const = 0;
  // Ends it, as if the peer were gone. For any thread.
  virtual void Break() = 0;
};

// A way to reach one peer. Thread-safe.
class Transport {
 public:
  virtual ~Transport() = default;

  // A new connection. UNAVAILABLE or DEADLINE_EXCEEDED, with the peer's address
  // and the cause.
  virtual absl::StatusOr<std::unique_ptr<Connection>> Open(MonotonicTime deadline) = 0;
};

// One request and its answer.
inline absl::StatusOr<std::string> Call(Connection& connection, std::string_view request,
                                        MonotonicTime deadline) {
  if (absl::Status sent = connection.Send(request, deadline); !sent.ok()) return sent;
  return connection.Receive(deadline);
}

}  // namespace trimtab::runtime
