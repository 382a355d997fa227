// SPDX-License-Identifier: Apache-2.0
#include "daemon/access/token_files.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <fstream>

#include "daemon/base/error.h"

namespace trimtab {
namespace {

constexpr std::size_t kShortestToken = 16;
constexpr std::size_t kLongestToken = 4096;

}  // namespace

TokenFiles::Hash TokenFiles::HashOf(std::string_view token) {
  Hash hash{};
  EVP_Digest(token.data(), token.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  return hash;
}

absl::Status TokenFiles::Load() {
  std::vector<Known> known;
  for (const auto& [name, file] : files_) {
    const auto fail = [&name = name, &file = file](const char* why) {
      return Error(absl::StatusCode::kInvalidArgument, "api.tokens.{}: {} {}", name, file, why);
    };
    std::ifstream stream(file);
    if (!stream) return fail("can't be read");
    const std::size_t before = known.size();
    for (std::string line; std::getline(stream, line);) {
      const std::size_t end = line.find_last_not_of(" \t\r");
      line.erase(end == std::string::npos ? 0 : end + 1);
      if (line.empty()) continue;
      if (line.size() < kShortestToken) {
        return fail("holds a token of less than 16 characters; `openssl rand -hex 32` makes one");
      }
      if (line.size() > kLongestToken) return fail("holds a token of more than 4096 characters");
      known.push_back({name, HashOf(line)});
      OPENSSL_cleanse(line.data(), line.size());
    }
    if (known.size() == before) return fail("holds no token");
  }
  const MutexLock lock(mutex_);
  known_ = std::move(known);
  return absl::OkStatus();
}

std::optional<std::string> TokenFiles::Find(std::string_view token) const {
  const Hash hash = HashOf(token);
  const Known* found = nullptr;
  const MutexLock lock(mutex_);
  for (const Known& each : known_) {
    if (CRYPTO_memcmp(hash.data(), each.hash.data(), hash.size()) == 0) found = &each;
  }
  if (found == nullptr) return std::nullopt;
  return found->name;
}

}  // namespace trimtab
