// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>

#include "daemon/tls/pem_check.h"

namespace trimtab {

struct HttpAnswer {
  int code = 200;
  std::string type = "text/plain";
  std::string body;
};

// A small HTTP/1.1 server of pages, with or without TLS, by Boost.Beast. Civetweb
// would do for the first, but Debian's looks for its TLS library by a name that
// only the development package has. One thread; at most 64 connections, each
// closed when it says nothing for ten seconds.
class HttpListener {
 public:
  // Called for each GET with its path, on the server's thread.
  using Handler = std::function<HttpAnswer(const std::string& path)>;

  // `pem`: what to show; with its `ca`, only who shows a certificate that it
  // signed gets in. Null: no TLS. UNAVAILABLE: the address can't be had.
  static absl::StatusOr<std::unique_ptr<HttpListener>> Start(const std::string& listen,
                                                             const PemTexts* pem, Handler handler);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  int port() const;
  // Of connections from now on.
  absl::Status UsePem(const PemTexts& pem);

 private:
  struct Impl;
  explicit HttpListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace trimtab
