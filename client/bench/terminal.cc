// SPDX-License-Identifier: Apache-2.0
#include "client/bench/terminal.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace trimtab::bench {
namespace {

constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kWidest = 200;
// How often the thread that waits for signals looks whether it is to end.
constexpr timespec kLook = {0, 100'000'000};

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

std::size_t Columns(int descriptor, std::size_t otherwise) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return otherwise;
  return std::clamp<std::size_t>(size.ws_col, kNarrowest, kWidest);
}

ProgressLine::ProgressLine(bool wanted) : on_(wanted && isatty(STDERR_FILENO) == 1) {}

void ProgressLine::Show(const benchmark::Progress& progress) {
  if (!on_) return;
  // The last column is left free: some terminals go to the next line there.
  const std::string line = FormatProgress(progress, Columns(STDERR_FILENO, 80) - 1);
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::Clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

Interrupts::Interrupts() {
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = OwnedThread("signals", [this](const std::stop_token& end) {
    const sigset_t awaited = EndSignals();
    while (!end.stop_requested()) {
      if (sigtimedwait(&awaited, nullptr, &kLook) < 0) continue;
      if (stop_.stop_requested()) std::_Exit(kExitInterrupted);
      stop_.request_stop();
    }
  });
}

}  // namespace trimtab::bench
