// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/process_memory.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace trimtab::benchmark {

std::optional<std::int64_t> ReadResidentBytes(int pid) {
  std::ifstream file("/proc/" + (pid == 0 ? std::string("self") : std::to_string(pid)) + "/statm");
  std::int64_t whole = 0;
  std::int64_t resident = 0;
  if (!(file >> whole >> resident) || resident < 0) return std::nullopt;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace trimtab::benchmark
