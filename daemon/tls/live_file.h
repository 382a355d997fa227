// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace trimtab {

// A file in memory whose content is replaced at once: whoever opens it reads the
// old or the new. For one writer and any readers.
class LiveFile {
 public:
  LiveFile() = default;
  ~LiveFile();
  LiveFile(const LiveFile&) = delete;
  LiveFile& operator=(const LiveFile&) = delete;

  // False when the system has no file to give.
  bool Set(const std::string& content);
  // Of this process; empty before the first Set().
  std::string path() const;

 private:
  int file_ = -1;
};

}  // namespace trimtab
