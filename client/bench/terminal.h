// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stop_token>

#include "client/runtime/benchmark/progress.h"
#include "daemon/base/thread.h"

namespace trimtab::bench {

// Columns of the terminal behind a file descriptor, 40 to 200; `otherwise` where
// there is none.
std::size_t Columns(int descriptor, std::size_t otherwise);

// A bar on standard error that is drawn over and over in one line; nothing where
// standard error is no terminal. One thread at a time.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted);
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(const benchmark::Progress& progress);
  void Clear();

 private:
  const bool on_;
  bool drawn_ = false;
};

// Turns SIGINT and SIGTERM into a request to stop; the second one ends the
// process at once. To be made before any other thread, which inherits that the
// signals are blocked.
class Interrupts {
 public:
  Interrupts();
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  OwnedThread thread_;
};

// What a shell expects of a program that SIGINT ended.
inline constexpr int kExitInterrupted = 130;

}  // namespace trimtab::bench
