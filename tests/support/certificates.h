// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "daemon/tls/tls_files.h"

namespace trimtab {

// A certificate and its key, made within a millisecond.
struct Issued {
  std::string certificate_pem;
  std::string key_pem;
};

struct CertificateOptions {
  std::string common_name;
  // As in openssl's configuration: "DNS:a.test,IP:127.0.0.1"; empty: none.
  std::string alternative_names = {};
  // From now on.
  std::chrono::seconds begins = std::chrono::hours(-1);
  std::chrono::seconds ends = std::chrono::hours(1);
};

// An authority that signs what tests ask for. Dies at what can't happen.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name);
  ~CertificateAuthority();

  Issued Issue(const CertificateOptions& options) const;
  const std::string& pem() const { return pem_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string pem_;
};

// A directory of its own for files; gone at the end.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // Replaces at once, as who rotates certificates does. Returns the path.
  std::string Write(const std::string& name, const std::string& content) const;
  // NAME.pem and NAME.key.
  TlsFiles Write(const std::string& name, const Issued& issued, const std::string& ca = "") const;

 private:
  std::string path_;
};

}  // namespace trimtab
