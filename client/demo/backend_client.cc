// SPDX-License-Identifier: Apache-2.0
#include "client/demo/backend_client.h"

#include <poll.h>

#include <algorithm>

namespace trimtab::demo {
namespace {

using SteadyClock = std::chrono::steady_clock;

bool AwaitReadable(int connection, SteadyClock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
  pollfd wait{connection, POLLIN, 0};
  return poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) == 1;
}

bool Send(int connection, Op op, std::uint32_t count, const std::uint32_t* keys,
          std::size_t key_count) {
  const RequestHead head{op, count, 0};
  std::string message(reinterpret_cast<const char*>(&head), sizeof(head));
  message.append(reinterpret_cast<const char*>(keys), key_count * sizeof(*keys));
  return WriteAll(connection, message.data(), message.size());
}

// `healthy` says whether the connection can be used again.
absl::Status Receive(int connection, SteadyClock::time_point deadline, std::string* values,
                     bool* healthy) {
  *healthy = false;
  if (!AwaitReadable(connection, deadline)) {
    return absl::DeadlineExceededError("the backend did not answer in time");
  }
  ResponseHead head;
  if (!ReadAll(connection, &head, sizeof(head))) {
    return absl::UnavailableError("the backend closed the connection");
  }
  std::string bytes(head.bytes, '\0');
  if (!ReadAll(connection, bytes.data(), bytes.size())) {
    return absl::UnavailableError("the backend closed the connection");
  }
  *healthy = true;
  if (head.result != Result::kOk) return absl::InternalError("the backend refused");
  if (values != nullptr) *values = std::move(bytes);
  return absl::OkStatus();
}

}  // namespace

BackendClient::BackendClient(const std::string& address, std::int64_t connections)
    : pool_(connections, [address] { return Connect(address).value_or(-1); }) {}

absl::Status BackendClient::Call(Op op, std::uint32_t count, const std::vector<std::uint32_t>& keys,
                                 Deadline deadline, std::string* values) {
  const std::vector<int> connections = pool_.Take(1, deadline);
  if (connections.empty()) return absl::DeadlineExceededError("no connection was free");
  bool healthy = false;
  absl::Status status = absl::UnavailableError("the backend closed the connection");
  if (Send(connections[0], op, count, keys.data(), keys.size())) {
    status = Receive(connections[0], deadline, values, &healthy);
  }
  pool_.Give(connections[0], healthy);
  return status;
}

std::vector<BackendClient::Fetched> BackendClient::Fetch(const std::vector<std::uint32_t>& keys,
                                                         std::size_t fan, Deadline deadline) {
  const std::vector<int> connections = pool_.Take(std::min(fan, keys.size()), deadline);
  std::vector<Fetched> fetched(connections.size());
  for (std::size_t i = 0; i < connections.size(); ++i) {
    fetched[i].key = keys[i];
    if (!Send(connections[i], Op::kGet, 1, &keys[i], 1)) {
      fetched[i].status = absl::UnavailableError("the backend closed the connection");
    }
  }
  for (std::size_t i = 0; i < connections.size(); ++i) {
    bool healthy = false;
    if (fetched[i].status.ok()) {
      fetched[i].status = Receive(connections[i], deadline, &fetched[i].value, &healthy);
    }
    pool_.Give(connections[i], healthy);
  }
  return fetched;
}

}  // namespace trimtab::demo
