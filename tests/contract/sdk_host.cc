// SPDX-License-Identifier: Apache-2.0
#include <trimtab/host.h>

#include "tests/contract/host_under_test.h"
#include "tests/support/manual_clock.h"

namespace trimtab {
namespace {

class SdkHost final : public HostUnderTest {
 public:
  SdkHost() {
    host_.AddInt("thread_pool_size", {.min = 1, .max = 64, .initial = 8},
                 [this](std::int64_t threads) {
                   const MutexLock lock(mutex_);
                   threads_ = threads;
                   changed_.NotifyAll();
                   return absl::OkStatus();
                 });
    host_.AddInt("fragile", {.min = 1, .max = 100, .initial = 1}, [](std::int64_t value) {
      return value == 13 ? absl::InternalError("not 13") : absl::OkStatus();
    });
    if (!host_.Start().ok()) std::abort();
  }

  std::string address() const override { return host_.address(); }
  void Advance(Duration length) override { clock_.Advance(length); }
  std::function<void()> Begin() override {
    auto timer = std::make_shared<host::RequestTimer>(host_.metrics().Begin(clock_.Now()));
    return [timer] { timer->Finish(host::Outcome::kOk, 100); };
  }
  void AwaitThreads(std::int64_t threads) override {
    const MutexLock lock(mutex_);
    while (threads_ != threads) changed_.Wait(mutex_);
  }
  void OperatorSetsThreads(std::int64_t threads) override {
    if (!host_.SetFromOperator({{"thread_pool_size", threads}}).ok()) std::abort();
  }

 private:
  ManualClock clock_;
  Mutex mutex_;
  CondVar changed_;
  std::int64_t threads_ = 8;
  host::TunableHost host_{{.service = "contract", .instance = "one", .clock = &clock_}};
};

}  // namespace

std::unique_ptr<HostUnderTest> NewSdkHost() { return std::make_unique<SdkHost>(); }

}  // namespace trimtab
