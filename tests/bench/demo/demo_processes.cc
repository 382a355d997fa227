// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/demo/demo_processes.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "daemon/base/error.h"

extern char** environ;

namespace trimtab::bench {
namespace {

// The last word of the first line that begins with `word`; empty for none.
std::string LastWord(const std::string& said, const std::string& word) {
  for (std::size_t at = 0; at < said.size();) {
    const std::size_t end = said.find('\n', at);
    if (end == std::string::npos) break;
    const std::string line = said.substr(at, end - at);
    if (line.rfind(word, 0) == 0) return line.substr(line.rfind(' ') + 1);
    at = end + 1;
  }
  return "";
}

}  // namespace

absl::StatusOr<std::vector<std::string>> DemoProcesses::Launch(
    const std::vector<std::string>& command, const std::vector<std::string>& words) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  Process process;
  const int error =
      posix_spawn(&process.pid, command[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  process.output = ends[0];
  if (error != 0) {
    close(ends[0]);
    return Error(absl::StatusCode::kUnavailable, "{}: {}", command[0], std::strerror(error));
  }
  processes_.push_back(process);

  std::string said;
  std::vector<std::string> found(words.size());
  const auto complete = [&] {
    for (std::size_t i = 0; i < words.size(); ++i) found[i] = LastWord(said, words[i]);
    return std::none_of(found.begin(), found.end(), [](const auto& each) { return each.empty(); });
  };
  char buffer[4096];
  while (!complete()) {
    const ssize_t got = read(process.output, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return Error(absl::StatusCode::kUnavailable, "{} ended at once; it said: {}", command[0],
                   said);
    }
    said.append(buffer, static_cast<std::size_t>(got));
  }
  return found;
}

absl::StatusOr<std::unique_ptr<DemoProcesses>> DemoProcesses::Start(const std::string& directory) {
  std::unique_ptr<DemoProcesses> demo(new DemoProcesses);
  const auto backend = demo->Launch({directory + "/trimtab-demo-backend"}, {"listening"});
  if (!backend.ok()) return backend.status();
  const auto host = demo->Launch({directory + "/trimtab-demo-host", "--backend", (*backend)[0]},
                                 {"tuner", "data"});
  if (!host.ok()) return host.status();
  demo->tuner_address_ = (*host)[0];
  const auto load = demo->Launch({directory + "/trimtab-demo-load", "--target", (*host)[1]}, {});
  if (!load.ok()) return load.status();
  return demo;
}

DemoProcesses::~DemoProcesses() {
  for (auto process = processes_.rbegin(); process != processes_.rend(); ++process) {
    kill(process->pid, SIGTERM);
    waitpid(process->pid, nullptr, 0);
    close(process->output);
  }
}

}  // namespace trimtab::bench
