// SPDX-License-Identifier: Apache-2.0
#include "daemon/tls/diagnose.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

#include "daemon/base/address.h"
#include "daemon/tls/x509_time.h"

namespace trimtab {
namespace {

struct Deleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

// OpenSSL writes to a socket that may be closed: no signal for this thread, as
// long as this lives.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    constexpr timespec kNow{};
    if (sigismember(&before_, SIGPIPE) == 0) sigtimedwait(&pipe_, nullptr, &kNow);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

class Socket {
 public:
  Socket(const std::string& address, Duration timeout) {
    if (IsUnixAddress(address)) {
      sockaddr_un name{};
      name.sun_family = AF_UNIX;
      const std::string path = address.substr(5);
      if (path.size() >= sizeof(name.sun_path)) return;
      std::memcpy(name.sun_path, path.data(), path.size());
      Connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&name), sizeof(name), timeout);
      return;
    }
    addrinfo* found = nullptr;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    const std::string port = address.substr(address.rfind(':') + 1);
    if (getaddrinfo(HostOfAddress(address).c_str(), port.c_str(), &hints, &found) != 0) return;
    const std::unique_ptr<addrinfo, Deleter> list(found);
    for (const addrinfo* each = found; each != nullptr && file_ < 0; each = each->ai_next) {
      Connect(each->ai_family, each->ai_addr, each->ai_addrlen, timeout);
    }
  }
  ~Socket() {
    if (file_ >= 0) close(file_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int file() const { return file_; }

 private:
  void Connect(int family, const sockaddr* name, socklen_t length, Duration timeout) {
    file_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file_ < 0) return;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
    const timeval limit{us / 1'000'000, us % 1'000'000};
    setsockopt(file_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(file_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(file_, name, length) == 0) return;
    close(file_);
    file_ = -1;
  }
  int file_ = -1;
};

std::string NamesOf(const X509* certificate) {
  std::string names;
  auto* all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* each = sk_GENERAL_NAME_value(all, i);
    std::string name;
    if (each->type == GEN_DNS) {
      name.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(each->d.dNSName)),
                  ASN1_STRING_length(each->d.dNSName));
    } else if (each->type == GEN_IPADD) {
      char text[INET6_ADDRSTRLEN] = {};
      const int family = ASN1_STRING_length(each->d.iPAddress) == 4 ? AF_INET : AF_INET6;
      inet_ntop(family, ASN1_STRING_get0_data(each->d.iPAddress), text, sizeof(text));
      name = text;
    }
    if (!name.empty()) names += (names.empty() ? "" : ", ") + name;
  }
  GENERAL_NAMES_free(all);
  return names.empty() ? "no name" : names;
}

std::string IssuerOf(const X509* certificate) {
  char text[256] = {};
  X509_NAME_oneline(X509_get_issuer_name(certificate), text, sizeof(text));
  return text;
}

// What a handshake is about, and what was found wrong with the certificate.
struct Handshake {
  const std::string& address;
  const TlsFiles& files;
  const std::string& name;
  std::string wrong = {};
};

std::string WhyNotVerified(const Handshake& handshake, int error, const X509* certificate) {
  const std::string& address = handshake.address;
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("the certificate of {} expired at {}", address,
                         TimeText(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("the certificate of {} is not valid before {}", address,
                         TimeText(X509_get0_notBefore(certificate)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("the certificate of {} is for {}, not for {}", address,
                         NamesOf(certificate), handshake.name);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return fmt::format("the certificate of {} is signed by '{}', which is not in the CA file {}",
                         address, IssuerOf(certificate), handshake.files.ca);
    default:
      return fmt::format("the certificate of {} is not good: {}", address,
                         X509_verify_cert_error_string(error));
  }
}

// OpenSSL forgets a certificate that it refuses: what is wrong is kept here.
int OnVerify(int good, X509_STORE_CTX* store) {
  if (good == 1) return 1;
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* handshake = static_cast<Handshake*>(SSL_get_app_data(ssl));
  handshake->wrong = WhyNotVerified(*handshake, X509_STORE_CTX_get_error(store),
                                    X509_STORE_CTX_get_current_cert(store));
  return 0;
}

// What the other side doesn't like; empty: nothing, or it says nothing.
std::string WhyRefused(const SSL* ssl, int result, const Handshake& handshake) {
  const int kind = SSL_get_error(ssl, result);
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
    return handshake.address + " doesn't speak TLS";
  }
  // gRPC 1.51 closes the connection without a word to a client that it refuses.
  const bool closed = kind == SSL_ERROR_ZERO_RETURN ||
                      (kind == SSL_ERROR_SYSCALL && errno != EAGAIN && errno != EWOULDBLOCK) ||
                      (kind == SSL_ERROR_SSL && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  // Alerts of the other side have the reasons from 1000 on.
  const bool alert = kind == SSL_ERROR_SSL && reason >= SSL_AD_REASON_OFFSET;
  if (!closed && !alert) return "";
  const std::string& ours = handshake.files.certificate;
  const std::string refused = ours.empty()
                                  ? handshake.address + " refuses a client without a certificate"
                                  : handshake.address + " refuses the certificate " + ours;
  if (alert) return refused + ": " + ERR_reason_error_string(ERR_peek_last_error());
  return ours.empty() ? refused
                      : refused + ": it has expired there, or its authority isn't known there";
}

}  // namespace

std::string DiagnoseTls(const std::string& address, const TlsFiles& files,
                        const std::string& server_name, Duration timeout) {
  const Socket socket(address, timeout);
  if (socket.file() < 0) return "";
  const NoSigpipe no_signal;
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, Deleter> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_load_verify_locations(context.get(), files.ca.c_str(), nullptr);
  if (!files.certificate.empty()) {
    SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, OnVerify);
  const std::unique_ptr<SSL, Deleter> ssl(SSL_new(context.get()));
  const std::string name = server_name.empty() ? HostOfAddress(address) : server_name;
  Handshake handshake{address, files, name};
  SSL_set_app_data(ssl.get(), &handshake);
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), name.c_str()) != 1) {
    SSL_set1_host(ssl.get(), name.c_str());
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  }
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl.get(), kHttp2, sizeof(kHttp2));
  SSL_set_fd(ssl.get(), socket.file());
  ERR_clear_error();
  int result = SSL_connect(ssl.get());
  if (result == 1) {
    // With TLS 1.3 a refusal of our certificate comes after the handshake; a
    // server that accepts it says something, too.
    char first = 0;
    result = SSL_read(ssl.get(), &first, 1);
    if (result == 1) return "";
  }
  std::string why = handshake.wrong.empty() ? WhyRefused(ssl.get(), result, handshake)
                                            : std::move(handshake.wrong);
  ERR_clear_error();
  return why;
}

}  // namespace trimtab
