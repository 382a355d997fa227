// SPDX-License-Identifier: Apache-2.0
// A host with so many parameters that the daemon's page for Prometheus has more
// than 200 series. They change nothing.
#include <trimtab/host.h>

#include <csignal>
#include <cstdio>
#include <string>

int main() {
  constexpr int kParameters = 130;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  trimtab::host::TunableHost host({.service = "wide", .instance = "one"});
  for (int i = 0; i < kParameters; ++i) {
    host.AddInt("parameter_" + std::to_string(i), {.min = 1, .max = 64, .initial = 4},
                [](const auto&) { return absl::OkStatus(); });
  }
  if (const absl::Status started = host.Start(); !started.ok()) {
    std::fprintf(stderr, "%s\n", started.ToString().c_str());
    return 1;
  }
  std::printf("tuner %s\n", host.address().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  host.Stop();
}
