// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "daemon/base/clock.h"
#include "daemon/tls/tls_files.h"

namespace trimtab {

// What the files hold; empty where there is no file.
struct PemTexts {
  std::string ca;
  std::string certificate;
  std::string key;
  friend bool operator==(const PemTexts&, const PemTexts&) = default;
};

// How the settings call the files, as in "api.tls" and "client_ca".
struct TlsNames {
  std::string section;
  std::string ca = "ca";
};

// Reads the files. INVALID_ARGUMENT names the setting and the file that can't be
// read; no error holds anything of a key.
absl::StatusOr<PemTexts> ReadPem(const TlsNames& names, const TlsFiles& files);

// Whether gRPC could use the texts: certificates that are some and are valid at
// `now`, a key that fits the first, authorities of which one is valid at least.
// INVALID_ARGUMENT names the setting, the file and what is wrong with it.
absl::Status CheckPem(const TlsNames& names, const TlsFiles& files, const PemTexts& texts,
                      WallTime now);

}  // namespace trimtab
