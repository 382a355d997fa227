// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/unix_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "daemon/base/error.h"
#include "tests/support/certificates.h"

namespace trimtab {
namespace {

using testing::HasSubstr;

class UnixListenerTest : public testing::Test {
 protected:
  const TestDirectory directory;
  const std::string path = directory.Path("api");
};

int Connect(const std::string& path) {
  const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  if (connect(file, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0) return file;
  close(file);
  return -1;
}

TEST_F(UnixListenerTest, WhoComesIsKnownAndNobodyElseGetsIn) {
  const auto listener = UnixListener::Listen(path, "").value();
  struct stat file {};
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0660u);
  std::promise<uid_t> came;
  listener->Start([&came](int connection, uid_t uid) {
    close(connection);
    came.set_value(uid);
  });
  const int connection = Connect(path);
  EXPECT_EQ(came.get_future().get(), geteuid());
  close(connection);
}

TEST_F(UnixListenerTest, WhatNobodyListensOnIsReplacedAndGoneAtTheEnd) {
  const int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  ASSERT_EQ(bind(dead, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
  close(dead);
  ASSERT_TRUE(std::filesystem::exists(path));
  auto listener = UnixListener::Listen(path, "");
  EXPECT_TRUE(listener.ok()) << listener.status();
  listener->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixListenerTest, AnothersSocketOrFileIsLeftAlone) {
  const auto first = UnixListener::Listen(path, "").value();
  EXPECT_THAT(Message(UnixListener::Listen(path, "").status()), HasSubstr("in use"));
  EXPECT_TRUE(std::filesystem::exists(path));
  const std::string file = directory.Write("file", "content");
  EXPECT_THAT(Message(UnixListener::Listen(file, "").status()), HasSubstr("no socket"));
  EXPECT_EQ(std::filesystem::file_size(file), 7u);
}

TEST_F(UnixListenerTest, WhatCannotBeIsTold) {
  EXPECT_THAT(Message(UnixListener::Listen(directory.Path("none/api"), "").status()),
              HasSubstr("No such file"));
  EXPECT_THAT(Message(UnixListener::Listen(directory.Path(std::string(200, 'a')), "").status()),
              HasSubstr("too long"));
  EXPECT_THAT(Message(UnixListener::Listen(path, "no-such-group").status()),
              HasSubstr("api.socket_group: there is no group 'no-such-group'"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace trimtab
