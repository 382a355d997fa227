// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <utility>

#include "client/runtime/network/frame.h"
#include "client/runtime/network/socket.h"

namespace trimtab::runtime {

// Cuts what a socket brings into frames; many frames cost one read. One thread
// at a time.
class FrameReader {
 public:
  FrameReader(Socket& socket, std::size_t max_frame_bytes)
      : socket_(socket), max_frame_bytes_(max_frame_bytes) {}

  struct Frame {
    FrameHead head;
    std::string body;
  };
  // The next frame. As Socket::Read(); after DEADLINE_EXCEEDED the bytes read so
  // far are kept for the next call. DATA_LOSS for a frame that is too long.
  absl::StatusOr<Frame> Next(MonotonicTime deadline);
  // Whether there are bytes of a frame that hasn't been taken.
  bool empty() const { return begin_ == end_; }
  // Memory that is kept for the next frames; little once a large one was taken.
  std::size_t kept_bytes() const { return buffer_.capacity(); }

 private:
  Socket& socket_;
  const std::size_t max_frame_bytes_;
  // Bytes read and not yet taken: [begin_, end_).
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace trimtab::runtime
