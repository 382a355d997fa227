// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/framed_transport.h"

#include <atomic>
#include <utility>

#include "client/runtime/network/frame_reader.h"
#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

class FramedConnection final : public Connection {
 public:
  FramedConnection(std::unique_ptr<Socket> socket, std::size_t max_frame_bytes)
      : max_frame_bytes_(max_frame_bytes),
        socket_(std::move(socket)),
        reader_(*socket_, max_frame_bytes) {}

  absl::Status Send(std::string_view request, MonotonicTime deadline) override {
    if (request.size() > max_frame_bytes_) {
      return Error(absl::StatusCode::kInvalidArgument, "a request of {} bytes; allowed: up to {}",
                   request.size(), max_frame_bytes_);
    }
    if (broken_) return Broken();
    const auto head = EncodeFrameHead({static_cast<std::uint32_t>(request.size()), next_id_, 0});
    std::size_t written = 0;
    const absl::Status sent =
        socket_->Write(std::string_view(head.data(), head.size()), request, deadline, &written);
    if (absl::IsDeadlineExceeded(sent) && written == 0) return sent;
    // A frame that is cut can't be followed by another.
    if (!sent.ok()) return BreakBy(sent);
    ++next_id_;
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Receive(MonotonicTime deadline) override {
    if (broken_) return Broken();
    while (true) {
      absl::StatusOr<FrameReader::Frame> frame = reader_.Next(deadline);
      if (absl::IsDeadlineExceeded(frame.status())) {
        ++awaited_id_;
        ++owed_;
        return frame.status();
      }
      if (!frame.ok()) return BreakBy(frame.status());
      // The late answer to a request that was given up.
      if (frame->head.id == awaited_id_ - owed_ && owed_ > 0) {
        --owed_;
        continue;
      }
      if (owed_ > 0 || frame->head.id != awaited_id_) {
        return BreakBy(Error(absl::StatusCode::kDataLoss, "an answer to request {}, not to {}",
                             frame->head.id, awaited_id_ - owed_));
      }
      ++awaited_id_;
      if (frame->head.status == 0) return std::move(frame->body);
      if (frame->head.status > static_cast<int>(absl::StatusCode::kUnauthenticated)) {
        return absl::UnknownError(frame->body);
      }
      return absl::Status(static_cast<absl::StatusCode>(frame->head.status), frame->body);
    }
  }

  bool Usable() const override { return !broken_; }
  void Break() override {
    broken_ = true;
    socket_->Shutdown();
  }
  bool Healthy() const override {
    return !broken_ && owed_ == 0 && reader_.empty() && socket_->Healthy();
  }

 private:
  static absl::Status Broken() { return absl::UnavailableError("the connection is broken"); }
  absl::Status BreakBy(const absl::Status& cause) {
    Break();
    if (absl::IsDataLoss(cause)) return cause;
    return absl::Status(absl::IsDeadlineExceeded(cause) ? absl::StatusCode::kDeadlineExceeded
                                                        : absl::StatusCode::kUnavailable,
                        cause.message());
  }

  const std::size_t max_frame_bytes_;
  const std::unique_ptr<Socket> socket_;
  std::atomic<bool> broken_{false};
  // The sender's.
  std::uint32_t next_id_ = 0;
  // The receiver's.
  FrameReader reader_;
  std::uint32_t awaited_id_ = 0;
  // Answers to requests that were given up and may still come.
  std::uint32_t owed_ = 0;
};

}  // namespace

FramedTransport::FramedTransport(std::string address, FramedTransportOptions options)
    : address_(std::move(address)), options_(options) {}

absl::StatusOr<std::unique_ptr<Connection>> FramedTransport::Open(MonotonicTime deadline) {
  if (absl::Status valid = CheckMaxFrameBytes(options_.max_frame_bytes); !valid.ok()) return valid;
  Clock& clock = options_.clock != nullptr ? *options_.clock : SystemClock();
  absl::StatusOr<std::unique_ptr<Socket>> socket = Socket::Connect(address_, deadline, clock);
  if (!socket.ok()) return socket.status();
  return std::make_unique<FramedConnection>(*std::move(socket), options_.max_frame_bytes);
}

}  // namespace trimtab::runtime
