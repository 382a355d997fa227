// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

// The demo's protocol: frames of fixed heads over TCP, in the machine's own
// byte order, for processes of one machine.
namespace trimtab::demo {

// kRefresh, which only the backend knows, asks whether cached entries are still
// good.
enum class Op : std::uint32_t { kGet, kPut, kRefresh };

// Followed by `count` keys of 32 bits for kGet and kRefresh.
struct RequestHead {
  Op op = Op::kGet;
  std::uint32_t count = 0;
  // How long ago the request was meant to be sent, in nanoseconds.
  std::uint64_t age_ns = 0;
};

// There are so many keys, numbered from 0 by popularity.
inline constexpr std::uint32_t kKeys = 30000;
// Bytes of a value.
inline constexpr std::size_t kValueBytes = 128;

enum class Result : std::uint32_t { kOk, kError, kTimeout };

// Followed by `bytes` bytes.
struct ResponseHead {
  Result result = Result::kOk;
  std::uint32_t bytes = 0;
};

// The most keys that a request names, and the most items that it writes.
inline constexpr std::uint32_t kMaxRequestKeys = 1000;
inline constexpr std::uint32_t kMaxRequestItems = 1000000;

// False when the other side is gone.
bool ReadAll(int socket, void* data, std::size_t size);
bool WriteAll(int socket, const void* data, std::size_t size);
// A request and its keys. False when the other side is gone, or sent what is no
// request.
bool ReadRequest(int socket, RequestHead* head, std::vector<std::uint32_t>* keys);

// Listens on "ADDRESS:PORT" (IPv4); `bound` is where, the port resolved.
absl::StatusOr<int> Listen(const std::string& address, std::string* bound);
absl::StatusOr<int> Connect(const std::string& address);
// A connection that was accepted, or -1 once `listener` was shut down.
int Accept(int listener);

// Blocks SIGTERM and SIGINT for all threads begun after.
void BlockSignals();
// Waits for one of them.
void AwaitSignal();

}  // namespace trimtab::demo
