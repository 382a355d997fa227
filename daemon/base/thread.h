// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

namespace trimtab {

// A named thread with one owner. The destructor asks it to stop and joins it;
// `body` must return soon after its stop token says so.
class OwnedThread {
 public:
  OwnedThread() = default;
  // `name` is shown by debuggers and `top`, cut to 15 characters.
  OwnedThread(const std::string& name, std::function<void(std::stop_token)> body);
  OwnedThread(OwnedThread&&) = default;
  OwnedThread& operator=(OwnedThread&&) = default;

  void RequestStop() { thread_.request_stop(); }
  // Asks to stop and waits for the end.
  void Join();
  bool Joinable() const { return thread_.joinable(); }

 private:
  std::jthread thread_;
};

}  // namespace trimtab
