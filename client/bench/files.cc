// SPDX-License-Identifier: Apache-2.0
#include "client/bench/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/base/error.h"

namespace trimtab::bench {

absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t limit) {
  const auto fail = [&path](const std::string& why) {
    return Error(absl::StatusCode::kInvalidArgument, "{}: {}", path, why);
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return fail("is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(std::strerror(errno));
  std::string text(limit + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return fail("can't be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > limit) return fail("is larger than " + std::to_string(limit) + " bytes");
  return text;
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(beside, path, error);
  if (file && !error) return absl::OkStatus();
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  return Error(absl::StatusCode::kInvalidArgument, "{}: can't be written{}", path,
               error ? ": " + error.message() : std::string());
}

}  // namespace trimtab::bench
