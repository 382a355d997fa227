// SPDX-License-Identifier: Apache-2.0
// Many readers of one daemon's status: so many streams of WatchStatus over four
// connections, of which some stop reading after the first message.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "trimtab/v1/tuner.grpc.pb.h"

namespace {

namespace v1 = trimtab::v1;

// One stream; ends with its context.
class Watcher final : public grpc::ClientReadReactor<v1::WatchStatusResponse> {
 public:
  Watcher(v1::TunerService::Stub& stub, bool stalls, std::atomic<int>& begun)
      : stalls_(stalls), begun_(begun) {
    stub.async()->WatchStatus(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (messages_.fetch_add(1) == 0) ++begun_;
    if (!stalls_) StartRead(&response_);
  }
  void OnDone(const grpc::Status&) override { done_ = true; }
  void Cancel() { context_.TryCancel(); }
  bool done() const { return done_; }
  int messages() const { return messages_; }

 private:
  const bool stalls_;
  std::atomic<int>& begun_;
  grpc::ClientContext context_;
  v1::WatchStatusRequest request_;
  v1::WatchStatusResponse response_;
  std::atomic<int> messages_{0};
  std::atomic<bool> done_{false};
};

}  // namespace

int main(int argc, char** argv) {
  std::string address;
  int streams = 500;
  int stalled = 50;
  CLI::App app("Watches a daemon's status many times over, until SIGTERM.");
  app.add_option("address", address, "the daemon's API")->required();
  app.add_option("--streams", streams, "readers")->check(CLI::Range(1, 100000));
  app.add_option("--stalled", stalled, "of them stop after their first message")
      ->check(CLI::NonNegativeNumber);
  CLI11_PARSE(app, argc, argv);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  constexpr int kConnections = 4;
  std::vector<std::unique_ptr<v1::TunerService::Stub>> stubs;
  for (int i = 0; i < kConnections; ++i) {
    grpc::ChannelArguments arguments;
    // Channels to one address share a connection otherwise.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs.push_back(v1::TunerService::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
  }
  std::atomic<int> begun{0};
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < streams; ++i) {
    watchers.push_back(std::make_unique<Watcher>(*stubs[static_cast<std::size_t>(i % kConnections)],
                                                 i < stalled, begun));
  }
  while (begun < streams) {
    const timespec wait{0, 10'000'000};
    int ended = 0;
    for (const auto& watcher : watchers) ended += watcher->done();
    if (ended > 0 || sigtimedwait(&signals, nullptr, &wait) > 0) {
      std::fprintf(stderr, "%d of %d streams ended before they began\n", ended, streams);
      return 1;
    }
  }
  std::printf("watching %d\n", begun.load());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  long messages = 0;
  int ended = 0;
  for (const auto& watcher : watchers) {
    messages += watcher->messages();
    ended += watcher->done();
    watcher->Cancel();
  }
  std::printf("messages %ld ended %d\n", messages, ended);
  std::fflush(stdout);
  // Streams that stalled can't be waited for: their message is not taken.
  std::_Exit(ended == 0 ? 0 : 1);
}
