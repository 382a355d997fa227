// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/framed_server.h"

#include <atomic>
#include <deque>
#include <exception>
#include <optional>
#include <utility>

#include "client/runtime/network/frame_reader.h"
#include "client/runtime/start_thread.h"
#include "daemon/base/clock.h"
#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

// A client that doesn't read its answers for so long is given up.
constexpr Duration kWriteTimeout = std::chrono::seconds(30);

}  // namespace

// One connection. Replies hold it, so it outlives the server if it has to.
class FramedServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::unique_ptr<Socket> socket, const FramedServerOptions& options)
      : options_(options), socket_(std::move(socket)) {}

  // Serves it to its end.
  void Run(const Handler& handler) {
    FrameReader reader(*socket_, options_.max_frame_bytes);
    while (true) {
      absl::StatusOr<FrameReader::Frame> frame = reader.Next(MonotonicTime::max());
      if (!frame.ok()) break;
      const std::optional<std::uint64_t> slot = AddSlot(frame->head.id);
      if (!slot) break;
      ++requests;
      Reply reply([self = shared_from_this(), slot = *slot](absl::StatusOr<std::string> answer) {
        self->Answer(slot, std::move(answer));
      });
      try {
        handler(std::move(frame->body), reply);
      } catch (const std::exception& error) {
        reply(absl::UnknownError(error.what()));
      } catch (...) {
        reply(absl::UnknownError("what was thrown is no std::exception"));
      }
    }
    Close();
    ended = true;
  }

  void Close() {
    socket_->Shutdown();
    const MutexLock lock(mutex_);
    closed_ = true;
    room_.NotifyAll();
  }

  std::atomic<bool> ended{false};
  std::atomic<std::int64_t> requests{0};

 private:
  struct Slot {
    std::uint32_t id;
    std::optional<absl::StatusOr<std::string>> answer;
  };

  // Waits for room; none once closed.
  std::optional<std::uint64_t> AddSlot(std::uint32_t id) {
    const MutexLock lock(mutex_);
    while (slots_.size() >= options_.max_unanswered && !closed_) room_.Wait(mutex_);
    if (closed_) return std::nullopt;
    slots_.push_back({id, std::nullopt});
    return first_ + slots_.size() - 1;
  }

  void Answer(std::uint64_t slot, absl::StatusOr<std::string> answer) {
    answer = Bounded(std::move(answer));
    const MutexLock lock(mutex_);
    slots_[slot - first_].answer = std::move(answer);
    // One thread writes at a time; it takes along what becomes ready meanwhile.
    if (writing_) return;
    writing_ = true;
    while (!slots_.empty() && slots_.front().answer) {
      std::string bytes;
      while (!slots_.empty() && slots_.front().answer) {
        Append(slots_.front(), &bytes);
        slots_.pop_front();
        ++first_;
      }
      room_.NotifyAll();
      if (closed_) continue;
      mutex_.Unlock();
      const bool sent = socket_->Write(bytes, {}, SystemClock().Now() + kWriteTimeout).ok();
      if (!sent) socket_->Shutdown();
      mutex_.Lock();
    }
    writing_ = false;
  }

  // A frame that the client would refuse breaks the connection for all.
  absl::StatusOr<std::string> Bounded(absl::StatusOr<std::string> answer) const {
    const std::size_t most = options_.max_frame_bytes;
    if (answer.ok() && answer->size() > most) {
      answer = Error(absl::StatusCode::kResourceExhausted,
                     "an answer of {} bytes; allowed: up to {}", answer->size(), most);
    }
    if (!answer.ok() && answer.status().message().size() > most) {
      answer = absl::Status(answer.status().code(), answer.status().message().substr(0, most));
    }
    return answer;
  }

  static void Append(const Slot& slot, std::string* bytes) {
    const absl::StatusOr<std::string>& answer = *slot.answer;
    const std::string_view body = answer.ok() ? std::string_view(*answer)
                                              : std::string_view(answer.status().message().data(),
                                                                 answer.status().message().size());
    const auto head = EncodeFrameHead({static_cast<std::uint32_t>(body.size()), slot.id,
                                       static_cast<std::uint8_t>(answer.status().code())});
    bytes->append(head.data(), head.size());
    bytes->append(body);
  }

  const FramedServerOptions options_;
  const std::unique_ptr<Socket> socket_;
  Mutex mutex_;
  CondVar room_;
  // Requests without an answer that left, the oldest, number `first_`, first.
  std::deque<Slot> slots_ TRIMTAB_GUARDED_BY(mutex_);
  std::uint64_t first_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  bool writing_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool closed_ TRIMTAB_GUARDED_BY(mutex_) = false;
};

absl::StatusOr<std::unique_ptr<FramedServer>> FramedServer::Start(FramedServerOptions options,
                                                                  Handler handler) {
  if (options.max_connections < 1 || options.max_unanswered < 1) {
    return absl::InvalidArgumentError("a limit of a server is 0");
  }
  if (absl::Status valid = CheckMaxFrameBytes(options.max_frame_bytes); !valid.ok()) return valid;
  absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Listen(options.listen);
  if (!listener.ok()) return listener.status();
  std::unique_ptr<FramedServer> server(
      new FramedServer(std::move(options), std::move(handler), *std::move(listener)));
  absl::StatusOr<OwnedThread> acceptor =
      StartThread("frame-acceptor",
                  [raw = server.get()](const std::stop_token& stop) { raw->AcceptLoop(stop); });
  if (!acceptor.ok()) return acceptor.status();
  server->acceptor_ = *std::move(acceptor);
  return server;
}

FramedServer::FramedServer(FramedServerOptions options, Handler handler,
                           std::unique_ptr<Listener> listener)
    : options_(std::move(options)), handler_(std::move(handler)), listener_(std::move(listener)) {}

FramedServer::~FramedServer() {
  acceptor_.RequestStop();
  listener_->Shutdown();
  acceptor_.Join();
  DropConnections();
  // Joined without the lock: handlers may ask for stats().
  std::list<Served> ending;
  const MutexLock lock(mutex_);
  ending.swap(served_);
}

void FramedServer::DropConnections() {
  const MutexLock lock(mutex_);
  for (Served& served : served_) served.session->Close();
}

void FramedServer::AcceptLoop(const std::stop_token& stop) {
  while (std::unique_ptr<Socket> socket = listener_->Accept()) {
    if (stop.stop_requested()) return;
    Reap();
    const MutexLock lock(mutex_);
    if (served_.size() >= options_.max_connections) {
      ++counted_.refused;
      continue;
    }
    auto session = std::make_shared<Session>(std::move(socket), options_);
    absl::StatusOr<OwnedThread> thread =
        StartThread("frame-session", [this, session](std::stop_token) { session->Run(handler_); });
    if (!thread.ok()) {
      ++counted_.refused;
      continue;
    }
    served_.push_back({session, *std::move(thread)});
    ++counted_.accepted;
  }
}

void FramedServer::Reap() {
  // Joined without the lock.
  std::list<Served> ended;
  const MutexLock lock(mutex_);
  for (auto served = served_.begin(); served != served_.end();) {
    if (!served->session->ended) {
      ++served;
      continue;
    }
    counted_.requests += served->session->requests;
    ended.splice(ended.end(), served_, served++);
  }
}

FramedServerStats FramedServer::stats() const {
  const MutexLock lock(mutex_);
  FramedServerStats stats = counted_;
  for (const Served& served : served_) {
    if (!served.session->ended) ++stats.connections;
    stats.requests += served.session->requests;
  }
  return stats;
}

std::vector<Statistic> Export(const FramedServerStats& stats) {
  return {
      {"framed_server_connections", "Connections being served.", Statistic::Kind::kGauge,
       static_cast<double>(stats.connections)},
      {"framed_server_accepted_total", "Connections accepted.", Statistic::Kind::kCounter,
       static_cast<double>(stats.accepted)},
      {"framed_server_refused_total", "Connections refused because there were too many.",
       Statistic::Kind::kCounter, static_cast<double>(stats.refused)},
      {"framed_server_requests_total", "Requests read.", Statistic::Kind::kCounter,
       static_cast<double>(stats.requests)},
  };
}

}  // namespace trimtab::runtime
