// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace trimtab {

// PEM files. All empty: no TLS.
struct TlsFiles {
  // Those who sign the other side's certificate.
  std::string ca = {};
  // What this side shows, with its chain, and its key.
  std::string certificate = {};
  std::string key = {};

  bool enabled() const { return !ca.empty() || !certificate.empty(); }
  friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

}  // namespace trimtab
