// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/http_server.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <atomic>
#include <optional>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/telemetry/http_listener.h"
#include "daemon/telemetry/status_metrics.h"
#include "daemon/tls/pem_watch.h"

namespace trimtab {

struct HttpServer::Impl {
  Impl(TunerControl& of, Duration limit) : control(of), hang_limit(limit) {}

  HttpAnswer Page(const std::string& path) const {
    constexpr const char* kText = "text/plain";
    if (path == "/metrics") {
      return {200, "text/plain; version=0.0.4; charset=utf-8",
              prometheus::TextSerializer().Serialize(
                  ToFamilies(*control.Status(), control.SinceLastRound()))};
    }
    if (path == "/healthz") {
      if (control.SinceLastRound() <= hang_limit) return {200, kText, "ok\n"};
      return {503, kText, "the control loop does not go round\n"};
    }
    if (path == "/readyz") {
      if (ending) return {503, kText, "ending\n"};
      const std::shared_ptr<const TunerStatus> status = control.Status();
      if (!status->host_reachable) return {503, kText, status->reason + "\n"};
      return {200, kText, "ready\n"};
    }
    return {404, kText, "there are /metrics, /healthz and /readyz\n"};
  }

  TunerControl& control;
  const Duration hang_limit;
  std::atomic<bool> ending{false};
  std::optional<PemWatch> pem;
  // Last: no page is asked for once it is gone.
  std::unique_ptr<HttpListener> listener;
};

HttpServer::HttpServer(TunerControl& control, Duration hang_limit)
    : impl_(std::make_unique<Impl>(control, hang_limit)) {}
HttpServer::~HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& listen,
                                                              const TlsFiles& tls,
                                                              TunerControl& control,
                                                              Duration hang_limit) {
  std::unique_ptr<HttpServer> http(new HttpServer(control, hang_limit));
  Impl& impl = *http->impl_;
  if (tls.enabled()) {
    auto pem = PemWatch::Open({"telemetry.tls", "client_ca"}, tls);
    if (!pem.ok()) return pem.status();
    impl.pem = *std::move(pem);
  }
  auto listener = HttpListener::Start(listen, impl.pem ? &impl.pem->texts() : nullptr,
                                      [&impl](const std::string& path) { return impl.Page(path); });
  if (!listener.ok()) return listener.status();
  impl.listener = *std::move(listener);
  http->address_ = fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), impl.listener->port());
  return http;
}

absl::StatusOr<bool> HttpServer::RefreshTls() {
  if (!impl_->pem) return false;
  absl::StatusOr<bool> changed = impl_->pem->Refresh();
  if (!changed.ok() || !*changed) return changed;
  if (absl::Status used = impl_->listener->UsePem(impl_->pem->texts()); !used.ok()) return used;
  return true;
}

void HttpServer::SetEnding() { impl_->ending = true; }

}  // namespace trimtab
