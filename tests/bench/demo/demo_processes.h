// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace trimtab::bench {

// The demo as three processes: backend, host and load, on ports that the system
// chose. The destructor ends them, load first.
class DemoProcesses {
 public:
  // `directory` holds the programs. UNAVAILABLE, naming the program, when one
  // doesn't start.
  static absl::StatusOr<std::unique_ptr<DemoProcesses>> Start(const std::string& directory);
  ~DemoProcesses();

  // Where the host serves HostService.
  const std::string& tuner_address() const { return tuner_address_; }

 private:
  struct Process {
    pid_t pid = -1;
    int output = -1;
  };

  // Starts a program and reads the last word of the line for each of `words`.
  absl::StatusOr<std::vector<std::string>> Launch(const std::vector<std::string>& command,
                                                  const std::vector<std::string>& words);

  std::vector<Process> processes_;
  std::string tuner_address_;
};

}  // namespace trimtab::bench
