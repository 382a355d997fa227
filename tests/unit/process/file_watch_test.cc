// SPDX-License-Identifier: Apache-2.0
#include "daemon/process/file_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace trimtab {
namespace {

namespace fs = std::filesystem;

class FileWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(place_);
    fs::create_directories(place_);
  }
  void TearDown() override { fs::remove_all(place_); }

  void Write(const std::string& name, const std::string& text) {
    fs::create_directories((place_ / name).parent_path());
    std::ofstream(place_ / name) << text;
  }
  // What two looks, one after the other, say of a file at rest.
  static bool Settled(FileWatch& watch) {
    EXPECT_FALSE(watch.Changed()) << "a file that may still be written to";
    return watch.Changed();
  }

  const fs::path place_ = fs::path(testing::TempDir()) / ("watch-" + std::to_string(getpid()));
};

TEST_F(FileWatchTest, AFileWrittenOverIsToldOnceAndWhenItIsAtRest) {
  Write("file", "a");
  FileWatch watch(place_ / "file");
  EXPECT_FALSE(Settled(watch));
  Write("file", "half");
  EXPECT_FALSE(watch.Changed());
  Write("file", "the whole");
  EXPECT_TRUE(Settled(watch));
  EXPECT_FALSE(watch.Changed());
}

TEST_F(FileWatchTest, AFileRenamedOverIsTold) {
  Write("file", "a");
  FileWatch watch(place_ / "file");
  Write("new", "b");
  fs::rename(place_ / "new", place_ / "file");
  EXPECT_TRUE(Settled(watch));
}

TEST_F(FileWatchTest, ASymlinkSwappedAsKubernetesDoesItIsTold) {
  Write("..one/file", "a");
  fs::create_symlink("..one", place_ / "..data");
  fs::create_symlink("..data/file", place_ / "file");
  FileWatch watch(place_ / "file");
  EXPECT_FALSE(Settled(watch));
  Write("..two/file", "b");
  fs::create_symlink("..two", place_ / "..data_tmp");
  fs::rename(place_ / "..data_tmp", place_ / "..data");
  fs::remove_all(place_ / "..one");
  EXPECT_TRUE(Settled(watch));
  EXPECT_FALSE(watch.Changed());
}

TEST_F(FileWatchTest, TheSameBytesAgainAreNoChange) {
  Write("file", "a");
  FileWatch watch(place_ / "file");
  Write("new", "a");
  fs::rename(place_ / "new", place_ / "file");
  EXPECT_FALSE(Settled(watch));
}

TEST_F(FileWatchTest, AFileThatIsGoneIsToldOnceAndSoIsItsReturn) {
  Write("file", "a");
  FileWatch watch(place_ / "file");
  fs::remove(place_ / "file");
  EXPECT_TRUE(Settled(watch));
  EXPECT_FALSE(watch.Changed());
  Write("file", "a");
  EXPECT_TRUE(Settled(watch));
}

TEST_F(FileWatchTest, WhatWasTakenIsKnown) {
  Write("file", "a");
  FileWatch watch(place_ / "file");
  Write("file", "bc");
  watch.Take();
  EXPECT_FALSE(Settled(watch));
}

}  // namespace
}  // namespace trimtab
