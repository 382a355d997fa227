// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "client/runtime/network/connection.h"
#include "daemon/base/clock.h"

namespace trimtab::runtime {

// A TCP connection as a pool keeps it. Addresses are "IPV4:PORT" or
// "[IPV6]:PORT"; names aren't looked up, for that can't be done by a deadline.
// One thread may write while another reads; Shutdown() is for any thread.
class Socket final : public Poolable {
 public:
  // INVALID_ARGUMENT for what is no address; UNAVAILABLE when nobody listens;
  // DEADLINE_EXCEEDED. The clock must outlive the socket.
  static absl::StatusOr<std::unique_ptr<Socket>> Connect(const std::string& address,
                                                         MonotonicTime deadline,
                                                         Clock& clock = SystemClock());
  // Takes over a connected descriptor.
  explicit Socket(int descriptor, Clock& clock = SystemClock())
      : descriptor_(descriptor), clock_(clock) {}
  ~Socket() override;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // For reads and writes of the caller's own, which block. The socket keeps it.
  int descriptor() const { return descriptor_; }

  // Writes all of both. UNAVAILABLE when the peer is gone; DEADLINE_EXCEEDED
  // when it doesn't read. `written`, if not null, is how many bytes were.
  absl::Status Write(std::string_view head, std::string_view body, MonotonicTime deadline,
                     std::size_t* written = nullptr);
  // Waits for bytes and reads as many as are there, at most `size`, at least 1.
  // UNAVAILABLE at the end of the stream; DEADLINE_EXCEEDED: nothing was read.
  absl::StatusOr<std::size_t> Read(char* into, std::size_t size, MonotonicTime deadline);
  // Ends reads and writes under way and to come.
  void Shutdown();

  // Still connected, and with no byte that nobody asked for.
  bool Healthy() const override;

 private:
  absl::Status Await(short events, MonotonicTime deadline) const;

  const int descriptor_;
  Clock& clock_;
};

// A socket that accepts connections. Thread-safe.
class Listener {
 public:
  // Port 0: any free one. INVALID_ARGUMENT or UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<Listener>> Listen(const std::string& address);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Where it listens, the port resolved.
  const std::string& address() const { return address_; }
  // Waits for the next connection; null once shut down.
  std::unique_ptr<Socket> Accept(Clock& clock = SystemClock());
  void Shutdown();

 private:
  Listener(int descriptor, std::string address)
      : descriptor_(descriptor), address_(std::move(address)) {}

  const int descriptor_;
  const std::string address_;
};

}  // namespace trimtab::runtime
