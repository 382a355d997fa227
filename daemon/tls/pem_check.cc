// SPDX-License-Identifier: Apache-2.0
#include "daemon/tls/pem_check.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/tls/x509_time.h"

namespace trimtab {
namespace {

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

// A key behind a password isn't asked for: nobody is there to answer.
int NoPassword(char*, int, int, void*) { return -1; }

Owned<BIO> Over(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<Owned<X509>> Certificates(const std::string& pem) {
  std::vector<Owned<X509>> all;
  const Owned<BIO> bio = Over(pem);
  while (X509* each = PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)) {
    all.emplace_back(each);
  }
  ERR_clear_error();
  return all;
}

// What the time is to a certificate; empty: it is valid.
std::string WhyNotValid(const X509* certificate, WallTime now) {
  const std::time_t at = std::chrono::system_clock::to_time_t(now);
  const ASN1_TIME* begins = X509_get0_notBefore(certificate);
  const ASN1_TIME* ends = X509_get0_notAfter(certificate);
  if (ASN1_TIME_cmp_time_t(ends, at) <= 0) return "expired at " + TimeText(ends);
  if (ASN1_TIME_cmp_time_t(begins, at) > 0) return "is not valid before " + TimeText(begins);
  return "";
}

// Complains of one file.
class File {
 public:
  File(const TlsNames& names, const std::string& key, const std::string& file)
      : setting_(names.section + "." + key), file_(file) {}
  absl::Status Fail(const std::string& why) const {
    return Error(absl::StatusCode::kInvalidArgument, "{}: {} {}", setting_, file_, why);
  }
  absl::Status Read(std::string* text) const {
    if (file_.empty()) return absl::OkStatus();
    const std::ifstream stream(file_, std::ios::binary);
    std::ostringstream content;
    if (!stream || !(content << stream.rdbuf())) return Fail("can't be read");
    *text = content.str();
    return absl::OkStatus();
  }

 private:
  const std::string setting_;
  const std::string& file_;
};

}  // namespace

absl::StatusOr<PemTexts> ReadPem(const TlsNames& names, const TlsFiles& files) {
  PemTexts texts;
  absl::Status status = File(names, names.ca, files.ca).Read(&texts.ca);
  status.Update(File(names, "certificate", files.certificate).Read(&texts.certificate));
  status.Update(File(names, "key", files.key).Read(&texts.key));
  if (!status.ok()) return status;
  return texts;
}

absl::Status CheckPem(const TlsNames& names, const TlsFiles& files, const PemTexts& texts,
                      WallTime now) {
  if (!files.certificate.empty()) {
    const File file(names, "certificate", files.certificate);
    const std::vector<Owned<X509>> chain = Certificates(texts.certificate);
    if (chain.empty()) return file.Fail("holds no certificate in PEM");
    for (const Owned<X509>& each : chain) {
      if (const std::string why = WhyNotValid(each.get(), now); !why.empty()) return file.Fail(why);
    }
    const File key_file(names, "key", files.key);
    const Owned<BIO> bio = Over(texts.key);
    const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
    ERR_clear_error();
    if (!key) return key_file.Fail("holds no private key in PEM without a password");
    const bool fits = X509_check_private_key(chain.front().get(), key.get()) == 1;
    ERR_clear_error();
    if (!fits) return key_file.Fail("doesn't belong to the certificate " + files.certificate);
  }
  if (!files.ca.empty()) {
    const File file(names, names.ca, files.ca);
    std::string why = "holds no certificate in PEM";
    for (const Owned<X509>& each : Certificates(texts.ca)) {
      why = WhyNotValid(each.get(), now);
      if (why.empty()) break;
    }
    if (!why.empty()) return file.Fail(why);
  }
  return absl::OkStatus();
}

}  // namespace trimtab
