// SPDX-License-Identifier: Apache-2.0
#include "client/host/window_maker.h"

#include <utility>

namespace trimtab::host {

WindowMaker::WindowMaker(Recorder& recorder, WindowLog& log, Clock& clock, Options options)
    : recorder_(recorder),
      log_(log),
      clock_(clock),
      options_(std::move(options)),
      born_(clock.Now()),
      opened_(born_),
      opened_wall_(clock.WallNow()),
      stats_(options_.read_stats()),
      availability_(born_) {}

void WindowMaker::Start() {
  thread_ = OwnedThread("tt-window", [this](std::stop_token stop) { Run(std::move(stop)); });
}

void WindowMaker::Stop() {
  if (!thread_.Joinable()) return;
  thread_.RequestStop();
  {
    MutexLock lock(mutex_);
    changed_.NotifyAll();
  }
  thread_.Join();
}

void WindowMaker::Run(std::stop_token stop) {
  MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    const MonotonicTime due = opened_ + options_.length;
    if (clock_.Now() < due) {
      clock_.WaitUntil(changed_, mutex_, due);
    } else {
      Close(recorder_.generation());
    }
  }
}

void WindowMaker::SetAvailable(bool available) {
  MutexLock lock(mutex_);
  availability_.Set(available, clock_.Now());
}

void WindowMaker::OnGeneration(std::int64_t generation) {
  MutexLock lock(mutex_);
  const std::int64_t before = recorder_.generation();
  recorder_.SetGeneration(generation);
  Close(before);
  changed_.NotifyAll();
}

std::int64_t WindowMaker::Cut() {
  MutexLock lock(mutex_);
  Close(recorder_.generation());
  changed_.NotifyAll();
  return log_.newest();
}

void WindowMaker::Close(std::int64_t generation) {
  const MonotonicTime now = clock_.Now();
  Window window;
  window.generation = generation;
  window.start = std::exchange(opened_wall_, clock_.WallNow());
  window.end = opened_wall_;
  window.length = now - std::exchange(opened_, now);
  auto taken = recorder_.Take(generation);
  for (auto& [older, totals] : taken) {
    if (older == generation) continue;
    Window straggling = window;
    straggling.generation = older;
    straggling.superseded = true;
    straggling.totals = std::move(totals);
    log_.Append(std::move(straggling));
  }
  window.totals = std::move(taken[generation]);
  const ProcessStats stats = options_.read_stats();
  SetUse(stats_, stats, &window);
  stats_ = stats;
  window.available = availability_.Take(now);
  window.uptime = now - born_;
  // Two changes at one moment leave nothing between them.
  const bool empty = window.length <= Duration::zero() && window.totals.requests == 0;
  if (!empty) log_.Append(std::move(window));
  options_.on_window();
}

}  // namespace trimtab::host
