// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace trimtab {
namespace {

template <typename Write>
std::string ToPem(const Write& write) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (write(bio) != 1) std::abort();
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(length));
  BIO_free(bio);
  return text;
}

void Extend(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  if (extension == nullptr || X509_add_ext(certificate, extension, -1) != 1) std::abort();
  X509_EXTENSION_free(extension);
}

// Signed by `issuer` with `issuer_key`; by itself where they are null.
X509* Make(const CertificateOptions& options, EVP_PKEY* key, const X509* issuer,
           EVP_PKEY* issuer_key) {
  static long serial = 0;
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), options.begins.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.ends.count());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(options.common_name.c_str()),
                             -1, -1, 0);
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : name);
  X509_set_pubkey(certificate, key);
  if (issuer == nullptr) Extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
  if (!options.alternative_names.empty()) {
    Extend(certificate, NID_subject_alt_name, options.alternative_names);
  }
  if (X509_sign(certificate, issuer_key ? issuer_key : key, EVP_sha256()) == 0) std::abort();
  return certificate;
}

}  // namespace

struct CertificateAuthority::Impl {
  ~Impl() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = nullptr;
};

CertificateAuthority::CertificateAuthority(const std::string& name)
    : impl_(std::make_unique<Impl>()) {
  impl_->certificate = Make({name}, impl_->key, nullptr, nullptr);
  pem_ = ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, impl_->certificate); });
}

CertificateAuthority::~CertificateAuthority() = default;

Issued CertificateAuthority::Issue(const CertificateOptions& options) const {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = Make(options, key, impl_->certificate, impl_->key);
  Issued issued;
  issued.certificate_pem = ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
  issued.key_pem = ToPem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  X509_free(certificate);
  EVP_PKEY_free(key);
  return issued;
}

TestDirectory::TestDirectory()
    : path_((std::filesystem::temp_directory_path() / "trimtab-test-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) std::abort();
}

TestDirectory::~TestDirectory() { std::filesystem::remove_all(path_); }

std::string TestDirectory::Write(const std::string& name, const std::string& content) const {
  const std::string path = Path(name);
  std::ofstream(path + ".new", std::ios::binary) << content;
  std::filesystem::rename(path + ".new", path);
  return path;
}

TlsFiles TestDirectory::Write(const std::string& name, const Issued& issued,
                              const std::string& ca) const {
  return {ca, Write(name + ".pem", issued.certificate_pem), Write(name + ".key", issued.key_pem)};
}

}  // namespace trimtab
