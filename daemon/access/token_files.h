// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/mutex.h"

namespace trimtab {

// Bearer tokens, each in a file: a token a line, of 16 characters at least. More
// than one line lets a token be replaced without a gap. Only hashes are kept,
// and no error tells a token. Thread-safe.
class TokenFiles {
 public:
  // Name of a token to its file.
  explicit TokenFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  // Reads the files again. At an error, which names the setting and the file,
  // what was known stays.
  absl::Status Load();

  // The name of a token. Takes as long whichever it is, and whether it is one.
  std::optional<std::string> Find(std::string_view token) const;

 private:
  using Hash = std::array<unsigned char, 32>;
  struct Known {
    std::string name;
    Hash hash;
  };
  static Hash HashOf(std::string_view token);

  const std::map<std::string, std::string> files_;
  mutable Mutex mutex_;
  std::vector<Known> known_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab
