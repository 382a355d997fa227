// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "client/runtime/benchmark/units.h"

namespace trimtab::benchmark {
namespace {

constexpr std::size_t kNarrowestBar = 6;
constexpr std::size_t kWidestBar = 40;

}  // namespace

double Progress::Share() const {
  double share = 0;
  if (duration && *duration > Duration::zero()) {
    share = std::chrono::duration<double>(elapsed) / std::chrono::duration<double>(*duration);
  }
  if (count && *count > 0) {
    share = std::max(share, static_cast<double>(succeeded + failed) / static_cast<double>(*count));
  }
  return std::clamp(share, 0.0, 1.0);
}

std::string FormatProgress(const Progress& progress, std::size_t width) {
  const double share = progress.Share();
  const std::string head = progress.warming_up ? "warming up" : "measuring";
  std::vector<std::string> parts = {
      fmt::format("{:3.0f} %", share * 100),
      fmt::format("{:.1f} s", std::chrono::duration<double>(progress.elapsed).count()),
      FormatCount(static_cast<double>(progress.succeeded)) + " ok",
      FormatCount(static_cast<double>(progress.failed)) + " failed"};
  if (progress.p99_ns) parts.push_back("p99 " + FormatNanos(*progress.p99_ns));
  // Head, a blank, and the bar's brackets.
  const std::size_t fixed = head.size() + 3;
  std::size_t used = 0;
  std::string tail;
  for (const std::string& part : parts) {
    if (fixed + kNarrowestBar + used + 2 + part.size() > width) break;
    tail += "  " + part;
    used += 2 + part.size();
  }
  const std::size_t left = width > fixed + used ? width - fixed - used : 0;
  const std::size_t bar = std::min(left, kWidestBar);
  const auto full = static_cast<std::size_t>(share * static_cast<double>(bar));
  return head + " [" + std::string(full, '#') + std::string(bar - full, '-') + "]" + tail;
}

}  // namespace trimtab::benchmark
