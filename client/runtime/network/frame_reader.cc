// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/frame_reader.h"

#include <algorithm>
#include <cstring>

#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

constexpr std::size_t kReadBytes = 16 << 10;
// A larger buffer isn't kept when it is empty.
constexpr std::size_t kKeptBytes = 256 << 10;

}  // namespace

absl::Status CheckMaxFrameBytes(std::size_t bytes) {
  if (bytes >= 1 && bytes <= kLargestMaxFrameBytes) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "max_frame_bytes is {}; allowed: 1 to {}", bytes,
               kLargestMaxFrameBytes);
}

absl::StatusOr<FrameReader::Frame> FrameReader::Next(MonotonicTime deadline) {
  while (true) {
    std::size_t wanted = kFrameHeadBytes;
    if (end_ - begin_ >= kFrameHeadBytes) {
      const FrameHead head = DecodeFrameHead(std::string_view(buffer_).substr(begin_));
      if (head.length > max_frame_bytes_) {
        return Error(absl::StatusCode::kDataLoss, "a frame of {} bytes; allowed: up to {}",
                     head.length, max_frame_bytes_);
      }
      wanted += head.length;
      if (end_ - begin_ >= wanted) {
        Frame frame{head, buffer_.substr(begin_ + kFrameHeadBytes, head.length)};
        begin_ += wanted;
        if (begin_ == end_) {
          begin_ = end_ = 0;
          if (buffer_.size() > kKeptBytes) {
            buffer_.clear();
            buffer_.shrink_to_fit();
          }
        }
        return frame;
      }
    }
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    // Grows with what really comes: a head alone doesn't make a sender's lie
    // cost memory.
    if (buffer_.size() - end_ < kReadBytes) {
      buffer_.resize(std::max({kReadBytes, end_ + kReadBytes, std::min(wanted, 2 * end_)}));
    }
    const absl::StatusOr<std::size_t> got =
        socket_.Read(buffer_.data() + end_, buffer_.size() - end_, deadline);
    if (!got.ok()) return got.status();
    end_ += *got;
  }
}

}  // namespace trimtab::runtime
