// SPDX-License-Identifier: Apache-2.0
#include "client/host/process_stats.h"

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace trimtab::host {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

std::optional<Duration> ReadCpu() {
  timespec time{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return std::nullopt;
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

ProcessStats ReadProcessStats() {
  const long page = sysconf(_SC_PAGESIZE);
  ProcessStats stats;
  stats.cpu = ReadCpu();
  if (page > 0) {
    stats.memory_bytes =
        ParseResidentBytes(ReadFile("/proc/self/statm"), static_cast<std::uint64_t>(page));
  }
  stats.network_bytes = ParseNetworkBytes(ReadFile("/proc/self/net/dev"));
  return stats;
}

std::optional<std::uint64_t> ParseResidentBytes(const std::string& statm,
                                                std::uint64_t page_bytes) {
  std::istringstream fields(statm);
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(fields >> size >> resident)) return std::nullopt;
  return resident * page_bytes;
}

std::optional<std::uint64_t> ParseNetworkBytes(const std::string& net_dev) {
  // Two lines of headings, then a line an interface: "name: 8 fields of what
  // was received, 8 fields of what was sent", each group beginning with bytes.
  std::istringstream lines(net_dev);
  std::string line;
  bool any = false;
  std::uint64_t total = 0;
  while (std::getline(lines, line)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream fields(line.substr(colon + 1));
    std::uint64_t field = 0;
    for (int i = 0; i < 9; ++i) {
      if (!(fields >> field)) return std::nullopt;
      if (i == 0 || i == 8) total += field;
    }
    any = true;
  }
  if (!any) return std::nullopt;
  return total;
}

}  // namespace trimtab::host
