// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/http_listener.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kSilence = std::chrono::seconds(10);
constexpr int kMaxConnections = 64;

using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;

std::shared_ptr<asio::ssl::context> NewContext(const PemTexts& pem) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->use_certificate_chain(asio::buffer(pem.certificate));
  context->use_private_key(asio::buffer(pem.key), asio::ssl::context::pem);
  if (!pem.ca.empty()) {
    context->add_certificate_authority(asio::buffer(pem.ca));
    context->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  return context;
}

// One connection, request by request; lives as long as something is under way.
template <typename Stream>
class Session final : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::shared_ptr<asio::ssl::context> context,
          const HttpListener::Handler& handler, std::shared_ptr<void> place)
      : context_(std::move(context)),
        stream_(std::move(stream)),
        handler_(handler),
        place_(std::move(place)) {}

  void Begin() {
    beast::get_lowest_layer(stream_).expires_after(kSilence);
    if constexpr (std::is_same_v<Stream, Secure>) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (!error) self->Read();
                              });
    } else {
      Read();
    }
  }

 private:
  void Read() {
    parser_.emplace();
    // Nobody has anything to send here.
    parser_->body_limit(0);
    beast::get_lowest_layer(stream_).expires_after(kSilence);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->Respond();
                     });
  }
  void Respond() {
    const auto& request = parser_->get();
    HttpAnswer answer{405, "text/plain", "only GET\n"};
    if (request.method() == http::verb::get) {
      const std::string target(request.target());
      answer = handler_(target.substr(0, target.find('?')));
    }
    response_ = {static_cast<http::status>(answer.code), request.version()};
    response_.set(http::field::content_type, answer.type);
    response_.keep_alive(request.keep_alive());
    response_.body() = std::move(answer.body);
    response_.prepare_payload();
    http::async_write(stream_, response_,
                      [self = this->shared_from_this()](error_code error, std::size_t) {
                        if (!error && self->response_.keep_alive()) self->Read();
                      });
  }

  // Before the stream that uses it.
  const std::shared_ptr<asio::ssl::context> context_;
  Stream stream_;
  const HttpListener::Handler& handler_;
  const std::shared_ptr<void> place_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

struct HttpListener::Impl {
  explicit Impl(Handler given) : handler(std::move(given)) {}

  void Accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && open < kMaxConnections) Welcome(std::move(socket));
      Accept();
    });
  }
  void Welcome(tcp::socket socket) {
    ++open;
    std::shared_ptr<void> place(nullptr, [this](void*) { --open; });
    std::shared_ptr<asio::ssl::context> tls;
    {
      const MutexLock lock(mutex);
      tls = context;
    }
    if (tls) {
      std::make_shared<Session<Secure>>(Secure(std::move(socket), *tls), tls, handler,
                                        std::move(place))
          ->Begin();
    } else {
      std::make_shared<Session<Plain>>(Plain(std::move(socket)), nullptr, handler, std::move(place))
          ->Begin();
    }
  }

  const Handler handler;
  // Of the server's thread alone; before `io`, whose end ends the sessions.
  int open = 0;
  Mutex mutex;
  // Null without TLS.
  std::shared_ptr<asio::ssl::context> context TRIMTAB_GUARDED_BY(mutex);
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  OwnedThread thread;
};

HttpListener::HttpListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpListener::~HttpListener() {
  impl_->io.stop();
  impl_->thread.Join();
}

absl::StatusOr<std::unique_ptr<HttpListener>> HttpListener::Start(const std::string& listen,
                                                                  const PemTexts* pem,
                                                                  Handler handler) {
  std::unique_ptr<HttpListener> listener(
      new HttpListener(std::make_unique<Impl>(std::move(handler))));
  Impl& impl = *listener->impl_;
  if (pem != nullptr) {
    if (absl::Status used = listener->UsePem(*pem); !used.ok()) return used;
  }
  try {
    tcp::resolver resolver(impl.io);
    const auto found = resolver.resolve(HostOfAddress(listen), listen.substr(listen.rfind(':') + 1),
                                        tcp::resolver::passive);
    const tcp::endpoint endpoint = found.begin()->endpoint();
    impl.acceptor.open(endpoint.protocol());
    impl.acceptor.set_option(tcp::acceptor::reuse_address(true));
    impl.acceptor.bind(endpoint);
    impl.acceptor.listen();
  } catch (const boost::system::system_error& error) {
    return Error(absl::StatusCode::kUnavailable,
                 "telemetry.listen: can't listen on {}: is it in use? ({})", listen, error.what());
  }
  impl.Accept();
  impl.thread = OwnedThread("metrics", [&impl](const std::stop_token&) { impl.io.run(); });
  return listener;
}

int HttpListener::port() const { return impl_->acceptor.local_endpoint().port(); }

absl::Status HttpListener::UsePem(const PemTexts& pem) {
  try {
    std::shared_ptr<asio::ssl::context> fresh = NewContext(pem);
    const MutexLock lock(impl_->mutex);
    impl_->context = std::move(fresh);
    return absl::OkStatus();
  } catch (const boost::system::system_error& error) {
    return Error(absl::StatusCode::kInvalidArgument, "telemetry.tls: {}", error.what());
  }
}

}  // namespace trimtab
