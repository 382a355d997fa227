// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include "daemon/tls/pem_check.h"

namespace trimtab {

// PEM files that may change: what they held when they were good last. For one
// thread.
class PemWatch {
 public:
  // INVALID_ARGUMENT: a file is wrong; says which and why.
  static absl::StatusOr<PemWatch> Open(TlsNames names, TlsFiles files);

  // Reads the files again. True: texts() are new. An error: the files have changed
  // and are wrong, told once; texts() are what was good. A few file reads.
  absl::StatusOr<bool> Refresh();

  const PemTexts& texts() const { return texts_; }
  const TlsNames& names() const { return names_; }
  const TlsFiles& files() const { return files_; }

 private:
  PemWatch(TlsNames names, TlsFiles files);
  absl::StatusOr<PemTexts> Look() const;

  TlsNames names_;
  TlsFiles files_;
  PemTexts texts_;
  // What was told last.
  absl::Status trouble_;
};

}  // namespace trimtab
