// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace trimtab::runtime {

// Where a server's handler puts its answer; from any thread, then or later. Only
// the first counts; if there is none, the answer is INTERNAL. Copies share the one
// answer. Thread-safe.
class Reply {
 public:
  using Sink = std::function<void(absl::StatusOr<std::string>)>;

  explicit Reply(Sink sink) : once_(std::make_shared<Once>(std::move(sink))) {}

  void operator()(absl::StatusOr<std::string> answer) const {
    if (once_->answered.exchange(true)) return;
    // What the sink holds ends with the answer, not with the last copy.
    if (Sink sink = std::exchange(once_->sink, nullptr)) sink(std::move(answer));
  }

 private:
  struct Once {
    explicit Once(Sink to) : sink(std::move(to)) {}
    ~Once() {
      if (sink) sink(absl::InternalError("the server gave no answer"));
    }
    std::atomic<bool> answered{false};
    Sink sink;
  };
  std::shared_ptr<Once> once_;
};

// What a server does with a request. Called by threads of the server, several
// at once. An exception that leaves it is answered with UNKNOWN.
using Handler = std::function<void(std::string request, Reply reply)>;

}  // namespace trimtab::runtime
