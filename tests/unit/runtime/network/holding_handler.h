// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "client/runtime/network/handler.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// A server's handler that answers only when told. Thread-safe; must outlive its
// server, and all it holds must be answered or be dropped with it before that.
class HoldingHandler {
 public:
  Handler AsHandler() {
    return [this](std::string request, Reply reply) {
      const MutexLock lock(mutex_);
      held_.emplace(std::move(request), std::move(reply));
      changed_.NotifyAll();
    };
  }
  void Await(const std::string& request) {
    const MutexLock lock(mutex_);
    while (held_.count(request) == 0) changed_.Wait(mutex_);
  }
  // Waits for the request first.
  void Answer(const std::string& request) {
    Await(request);
    const MutexLock lock(mutex_);
    const auto held = held_.find(request);
    held->second("re " + request);
    held_.erase(held);
  }
  void AnswerAll() {
    const MutexLock lock(mutex_);
    for (const auto& [request, reply] : held_) reply("re " + request);
    held_.clear();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::multimap<std::string, Reply> held_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
