// SPDX-License-Identifier: Apache-2.0
#include "daemon/tls/live_tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <utility>

#include "daemon/base/error.h"

namespace trimtab {
namespace {

// How often gRPC looks at our copies.
constexpr unsigned kRefreshSeconds = 1;

}  // namespace

LiveTls::LiveTls(PemWatch watch) : watch_(std::move(watch)) {}

absl::StatusOr<std::unique_ptr<LiveTls>> LiveTls::Open(TlsNames names, TlsFiles files) {
  absl::StatusOr<PemWatch> watch = PemWatch::Open(std::move(names), std::move(files));
  if (!watch.ok()) return watch.status();
  std::unique_ptr<LiveTls> live(new LiveTls(*std::move(watch)));
  if (absl::Status published = live->Publish(); !published.ok()) return published;
  live->provider_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      live->key_.path(), live->certificate_.path(), live->ca_.path(), kRefreshSeconds);
  return live;
}

absl::StatusOr<bool> LiveTls::Refresh() {
  absl::StatusOr<bool> changed = watch_.Refresh();
  if (!changed.ok() || !*changed) return changed;
  if (absl::Status published = Publish(); !published.ok()) return published;
  return true;
}

absl::Status LiveTls::Publish() {
  const PemTexts& texts = watch_.texts();
  const bool published =
      (texts.ca.empty() || ca_.Set(texts.ca)) &&
      (texts.certificate.empty() || (certificate_.Set(texts.certificate) && key_.Set(texts.key)));
  if (published) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "{}: there is no file in memory to be had",
               watch_.names().section);
}

std::shared_ptr<grpc::ServerCredentials> LiveTls::ForServer(bool require) const {
  grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_identity_key_cert_pairs();
  if (!watch_.files().ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(require
                                      ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> LiveTls::ForChannel() const {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  options.watch_root_certs();
  if (!watch_.files().certificate.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace trimtab
