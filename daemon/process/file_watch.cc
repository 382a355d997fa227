// SPDX-License-Identifier: Apache-2.0
#include "daemon/process/file_watch.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <utility>

namespace trimtab {

FileWatch::FileWatch(std::string path) : path_(std::move(path)) { Take(); }

bool FileWatch::Changed() {
  const Stamp now = Look();
  if (now != std::exchange(seen_, now) || now == known_) return false;
  known_ = now;
  std::optional<std::string> content = Read();
  if (content == content_) return false;
  content_ = std::move(content);
  return true;
}

void FileWatch::Take() {
  known_ = seen_ = Look();
  content_ = Read();
}

FileWatch::Stamp FileWatch::Look() const {
  struct stat file {};
  if (stat(path_.c_str(), &file) != 0) return {};
  return {file.st_dev, file.st_ino, file.st_size,
          file.st_mtim.tv_sec * 1'000'000'000LL + file.st_mtim.tv_nsec};
}

std::optional<std::string> FileWatch::Read() const {
  std::ifstream stream(path_, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace trimtab
