// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "client/host/availability.h"
#include "client/host/process_stats.h"
#include "client/host/recorder.h"
#include "client/host/window_log.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::host {

// Closes windows: every `length`, by a thread of its own, and at once when the
// generation changes. Requests of an older generation that end later are closed
// into a window of their own, marked superseded. Thread-safe.
class WindowMaker {
 public:
  struct Options {
    Duration length{};
    // Reads what the process has used.
    std::function<ProcessStats()> read_stats;
    // Told that the log has new windows; must return soon and not call back.
    std::function<void()> on_window;
  };

  // All three must outlive this. The first window opens now.
  WindowMaker(Recorder& recorder, WindowLog& log, Clock& clock, Options options);
  ~WindowMaker() { Stop(); }

  void Start();
  void Stop();

  void SetAvailable(bool available);
  void OnGeneration(std::int64_t generation);
  // Closes the open window now. Returns the number of the newest window.
  std::int64_t Cut();

 private:
  void Run(std::stop_token stop);
  // Closes the open window, which held generations up to `generation`.
  void Close(std::int64_t generation) TRIMTAB_REQUIRES(mutex_);

  Recorder& recorder_;
  WindowLog& log_;
  Clock& clock_;
  const Options options_;
  const MonotonicTime born_;

  Mutex mutex_;
  CondVar changed_;
  MonotonicTime opened_ TRIMTAB_GUARDED_BY(mutex_);
  WallTime opened_wall_ TRIMTAB_GUARDED_BY(mutex_);
  ProcessStats stats_ TRIMTAB_GUARDED_BY(mutex_);
  Availability availability_ TRIMTAB_GUARDED_BY(mutex_);
  OwnedThread thread_;
};

}  // namespace trimtab::host
