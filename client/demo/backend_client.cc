// SPDX-License-Identifier: Apache-2.0
#include "client/demo/backend_client.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace trimtab::demo {
namespace {

using runtime::Lease;
using runtime::Socket;

std::string_view Bytes(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

absl::Status Send(Socket& socket, Op op, std::uint32_t count, const std::uint32_t* keys,
                  std::size_t key_count, MonotonicTime deadline) {
  const RequestHead head{op, count, 0};
  return socket.Write(Bytes(&head, sizeof(head)), Bytes(keys, key_count * sizeof(*keys)), deadline);
}

absl::Status ReadFully(Socket& socket, char* into, std::size_t size, MonotonicTime deadline) {
  while (size > 0) {
    const absl::StatusOr<std::size_t> got = socket.Read(into, size, deadline);
    if (!got.ok()) return got.status();
    into += *got;
    size -= *got;
  }
  return absl::OkStatus();
}

// One answer. A connection whose answer did not come whole is given up.
absl::StatusOr<std::string> Receive(Lease<Socket>& lease, MonotonicTime deadline) {
  ResponseHead head;
  absl::Status got = ReadFully(*lease, reinterpret_cast<char*>(&head), sizeof(head), deadline);
  std::string values;
  if (got.ok()) {
    values.resize(head.bytes);
    got = ReadFully(*lease, values.data(), values.size(), deadline);
  }
  if (!got.ok()) {
    lease.Discard();
    return got;
  }
  if (head.result != Result::kOk) return absl::InternalError("the backend refused");
  return values;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BackendClient>> BackendClient::Create(const std::string& address,
                                                                     std::int64_t connections) {
  auto pool = Pool::Create(
      {.size = connections, .keep_full = true},
      [address](MonotonicTime deadline) { return Socket::Connect(address, deadline); });
  if (!pool.ok()) return pool.status();
  return std::unique_ptr<BackendClient>(new BackendClient(*std::move(pool)));
}

absl::StatusOr<std::string> BackendClient::Call(Op op, std::uint32_t count,
                                                const std::vector<std::uint32_t>& keys,
                                                MonotonicTime deadline) {
  absl::StatusOr<Lease<Socket>> lease = pool_->Take(deadline);
  if (!lease.ok()) return lease.status();
  if (absl::Status sent = Send(**lease, op, count, keys.data(), keys.size(), deadline);
      !sent.ok()) {
    lease->Discard();
    return sent;
  }
  return Receive(*lease, deadline);
}

absl::StatusOr<std::vector<BackendClient::Fetched>> BackendClient::Fetch(
    const std::vector<std::uint32_t>& keys, std::size_t fan, MonotonicTime deadline) {
  auto leases = pool_->TakeUpTo(std::min(fan, keys.size()), deadline);
  if (!leases.ok()) return leases.status();
  std::vector<Fetched> fetched;
  for (std::size_t i = 0; i < leases->size(); ++i) {
    absl::Status sent = Send(*(*leases)[i], Op::kGet, 1, &keys[i], 1, deadline);
    if (sent.ok()) {
      fetched.push_back({keys[i], std::string()});
    } else {
      (*leases)[i].Discard();
      fetched.push_back({keys[i], std::move(sent)});
    }
  }
  for (std::size_t i = 0; i < leases->size(); ++i) {
    if (fetched[i].value.ok()) fetched[i].value = Receive((*leases)[i], deadline);
  }
  return fetched;
}

}  // namespace trimtab::demo
