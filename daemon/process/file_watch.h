// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace trimtab {

// Tells when a file holds something else, whichever way it came there: written
// over, renamed over, or reached by a symlink that was swapped, as Kubernetes
// does it for a ConfigMap. Looked at by stat(2), which sees through links and
// works on every file system; a look costs some microseconds. Not thread-safe.
class FileWatch {
 public:
  // What the file holds now is known.
  explicit FileWatch(std::string path);

  // Whether the file holds other bytes than those known, or can't be read any
  // more; said once, and only when nothing has happened to it since the call
  // before, so that nobody reads a file that is half written.
  bool Changed();
  // What the file holds now is known.
  void Take();

 private:
  // Of the file behind all links; zero where there is none.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  Stamp Look() const;
  std::optional<std::string> Read() const;

  const std::string path_;
  Stamp seen_;
  Stamp known_;
  std::optional<std::string> content_;
};

}  // namespace trimtab
