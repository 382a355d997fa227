// SPDX-License-Identifier: Apache-2.0
#include "client/host/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace trimtab::host {
namespace {

std::optional<double> NetworkBytes() {
  std::ifstream file("/proc/self/net/dev");
  std::string line;
  double total = 0;
  bool any = false;
  while (std::getline(file, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    // Received bytes come first, sent ones ninth.
    std::istringstream fields(line.substr(colon + 1));
    double value = 0;
    for (int i = 0; i < 9 && fields >> value; ++i) {
      if (i == 0 || i == 8) total += value;
    }
    any = true;
  }
  if (!any) return std::nullopt;
  return total;
}

}  // namespace

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    stats.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  if (statm >> size >> resident) {
    stats.resident_bytes = resident * static_cast<double>(sysconf(_SC_PAGESIZE));
  }
  stats.network_bytes = NetworkBytes();
  return stats;
}

}  // namespace trimtab::host
