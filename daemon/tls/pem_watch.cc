// SPDX-License-Identifier: Apache-2.0
#include "daemon/tls/pem_watch.h"

#include <utility>

namespace trimtab {

PemWatch::PemWatch(TlsNames names, TlsFiles files)
    : names_(std::move(names)), files_(std::move(files)) {}

absl::StatusOr<PemTexts> PemWatch::Look() const {
  absl::StatusOr<PemTexts> texts = ReadPem(names_, files_);
  if (!texts.ok() || *texts == texts_) return texts;
  const absl::Status good = CheckPem(names_, files_, *texts, std::chrono::system_clock::now());
  if (!good.ok()) return good;
  return texts;
}

absl::StatusOr<PemWatch> PemWatch::Open(TlsNames names, TlsFiles files) {
  PemWatch watch(std::move(names), std::move(files));
  absl::StatusOr<PemTexts> texts = watch.Look();
  if (!texts.ok()) return texts.status();
  watch.texts_ = *std::move(texts);
  return watch;
}

absl::StatusOr<bool> PemWatch::Refresh() {
  absl::StatusOr<PemTexts> texts = Look();
  if (texts.status() != trouble_) {
    trouble_ = texts.status();
    if (!trouble_.ok()) return trouble_;
  }
  if (!texts.ok() || *texts == texts_) return false;
  texts_ = *std::move(texts);
  return true;
}

}  // namespace trimtab
