// SPDX-License-Identifier: Apache-2.0
#include "daemon/tls/live_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace trimtab {

LiveFile::~LiveFile() {
  if (file_ >= 0) close(file_);
}

bool LiveFile::Set(const std::string& content) {
  const int fresh = memfd_create("trimtab-pem", MFD_CLOEXEC);
  if (fresh < 0) return false;
  const bool written =
      write(fresh, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  if (written && file_ < 0) {
    file_ = fresh;
    return true;
  }
  // In one step: the number stands for another file from now on.
  const bool set = written && dup3(fresh, file_, O_CLOEXEC) == file_;
  close(fresh);
  return set;
}

std::string LiveFile::path() const {
  return file_ < 0 ? "" : "/proc/self/fd/" + std::to_string(file_);
}

}  // namespace trimtab
