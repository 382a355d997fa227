// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/http_server.h"

#include <CivetServer.h>
#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <atomic>

#include "daemon/base/error.h"
#include "daemon/telemetry/status_metrics.h"

namespace trimtab {
namespace {

void Answer(mg_connection* connection, int code, const char* type, const std::string& body) {
  mg_printf(
      connection,
      "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
      code, code == 200 ? "OK" : "Service Unavailable", type, body.size());
  mg_write(connection, body.data(), body.size());
}

// Answers GET with what a function says.
class Page final : public CivetHandler {
 public:
  using Body = std::function<std::pair<int, std::string>()>;
  Page(const char* type, Body body) : type_(type), body_(std::move(body)) {}
  bool handleGet(CivetServer*, mg_connection* connection) override {
    const auto [code, body] = body_();
    Answer(connection, code, type_, body);
    return true;
  }

 private:
  const char* const type_;
  const Body body_;
};

}  // namespace

struct HttpServer::Impl {
  std::atomic<bool> ending{false};
  std::unique_ptr<Page> metrics;
  std::unique_ptr<Page> health;
  std::unique_ptr<Page> ready;
  // Last: no handler runs once it is gone.
  std::unique_ptr<CivetServer> server;
};

HttpServer::HttpServer() : impl_(std::make_unique<Impl>()) {}
HttpServer::~HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& listen,
                                                              TunerControl& control,
                                                              Duration hang_limit) {
  std::unique_ptr<HttpServer> http(new HttpServer());
  Impl& impl = *http->impl_;
  try {
    impl.server = std::make_unique<CivetServer>(
        std::vector<std::string>{"listening_ports", listen, "num_threads", "2"});
  } catch (const CivetException& error) {
    return Error(absl::StatusCode::kUnavailable,
                 "telemetry.listen: can't listen on {}: is it in use? ({})", listen, error.what());
  }
  impl.metrics = std::make_unique<Page>("text/plain; version=0.0.4; charset=utf-8", [&control] {
    return std::pair(200, prometheus::TextSerializer().Serialize(
                              ToFamilies(*control.Status(), control.SinceLastRound())));
  });
  impl.health = std::make_unique<Page>("text/plain", [&control, hang_limit] {
    return control.SinceLastRound() <= hang_limit
               ? std::pair(200, std::string("ok\n"))
               : std::pair(503, std::string("the control loop does not go round\n"));
  });
  impl.ready = std::make_unique<Page>("text/plain", [&impl, &control] {
    if (impl.ending) return std::pair(503, std::string("ending\n"));
    const std::shared_ptr<const TunerStatus> status = control.Status();
    if (!status->host_reachable) return std::pair(503, status->reason + "\n");
    return std::pair(200, std::string("ready\n"));
  });
  impl.server->addHandler("/metrics$", impl.metrics.get());
  impl.server->addHandler("/healthz$", impl.health.get());
  impl.server->addHandler("/readyz$", impl.ready.get());
  const std::vector<int> ports = impl.server->getListeningPorts();
  http->address_ =
      fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), ports.empty() ? 0 : ports.front());
  return http;
}

void HttpServer::SetEnding() { impl_->ending = true; }

}  // namespace trimtab
