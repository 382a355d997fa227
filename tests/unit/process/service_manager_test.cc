// SPDX-License-Identifier: Apache-2.0
#include "daemon/process/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

namespace trimtab {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// A service manager's end of the socket.
class ServiceManagerTest : public testing::Test {
 protected:
  void SetUp() override { Listen(testing::TempDir() + "/notify-" + std::to_string(getpid())); }
  void TearDown() override {
    close(socket_);
    if (address_.front() == '/') unlink(address_.c_str());
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }

  void Listen(const std::string& address) {
    address_ = address;
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address.data(), address.size());
    if (address.front() == '@') name.sun_path[0] = '\0';
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&name),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size())),
              0);
    setenv("NOTIFY_SOCKET", address.c_str(), 1);
  }
  void HaveWatchdog(seconds interval, pid_t pid = getpid()) {
    setenv("WATCHDOG_USEC", std::to_string(interval.count() * 1'000'000).c_str(), 1);
    setenv("WATCHDOG_PID", std::to_string(pid).c_str(), 1);
  }
  std::vector<std::string> Heard() const {
    std::vector<std::string> messages;
    char buffer[4096];
    for (ssize_t size; (size = recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT)) >= 0;) {
      messages.emplace_back(buffer, static_cast<std::size_t>(size));
    }
    return messages;
  }

  int socket_ = -1;
  std::string address_;
};

TEST_F(ServiceManagerTest, TellsTheStagesOfALife) {
  ServiceManager manager(seconds(10));
  manager.Ready();
  manager.Reloading();
  manager.Stopping();
  EXPECT_THAT(Heard(),
              ElementsAre("READY=1", StartsWith("RELOADING=1\nMONOTONIC_USEC="), "STOPPING=1"));
}

TEST_F(ServiceManagerTest, AStatusIsOneLineAndToldWhenItDiffers) {
  ServiceManager manager(seconds(10));
  manager.Status("frozen: a\nREADY=1");
  manager.Status("frozen: a\nREADY=1");
  manager.Status("holding: b");
  EXPECT_THAT(Heard(), ElementsAre("STATUS=frozen: a READY=1", "STATUS=holding: b"));
}

TEST_F(ServiceManagerTest, TheWatchdogIsFedSomeTimesInEachInterval) {
  HaveWatchdog(seconds(20));
  ServiceManager manager(seconds(10));
  const MonotonicTime start{std::chrono::hours(1)};
  for (int second = 0; second < 20; ++second) manager.Feed(start + seconds(second));
  EXPECT_THAT(Heard(), ElementsAre("WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, AWatchdogShorterThanTheLoopMayBeAwayIsProlonged) {
  HaveWatchdog(seconds(20));
  ServiceManager manager(seconds(40));
  manager.Ready();
  const MonotonicTime start{std::chrono::hours(1)};
  for (int second = 0; second < 20; ++second) manager.Feed(start + seconds(second));
  EXPECT_THAT(Heard(), ElementsAre("READY=1\nWATCHDOG_USEC=40000000", "WATCHDOG=1", "WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, AnotherProcessesWatchdogIsNotOurs) {
  HaveWatchdog(seconds(20), getpid() + 1);
  ServiceManager(seconds(10)).Feed(MonotonicTime{std::chrono::hours(1)});
  EXPECT_THAT(Heard(), IsEmpty());
}

TEST_F(ServiceManagerTest, ANameOutsideTheFileSystemWillDo) {
  close(socket_);
  unlink(address_.c_str());
  Listen("@trimtab-test-" + std::to_string(getpid()));
  ServiceManager(seconds(10)).Ready();
  EXPECT_THAT(Heard(), ElementsAre("READY=1"));
}

TEST_F(ServiceManagerTest, SaysNothingWhereNobodyListens) {
  unsetenv("NOTIFY_SOCKET");
  HaveWatchdog(seconds(20));
  ServiceManager manager(seconds(10));
  manager.Ready();
  manager.Feed(MonotonicTime{std::chrono::hours(1)});
  setenv("NOTIFY_SOCKET", "relative", 1);
  ServiceManager(seconds(10)).Ready();
  setenv("NOTIFY_SOCKET", (address_ + "-gone").c_str(), 1);
  ServiceManager(seconds(10)).Ready();
  EXPECT_THAT(Heard(), IsEmpty());
}

}  // namespace
}  // namespace trimtab
