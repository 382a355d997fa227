// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/thread.h"

#include <pthread.h>

#include <utility>

namespace trimtab {

OwnedThread::OwnedThread(const std::string& name, std::function<void(std::stop_token)> body)
    : thread_([short_name = name.substr(0, 15), run = std::move(body)](std::stop_token stop) {
        pthread_setname_np(pthread_self(), short_name.c_str());
        run(std::move(stop));
      }) {}

void OwnedThread::Join() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

}  // namespace trimtab
