// SPDX-License-Identifier: Apache-2.0
#include "client/bench/http_target.h"

#include <curl/curl.h>

#include <array>
#include <utility>

#include "client/runtime/benchmark/latency.h"
#include "daemon/base/error.h"

namespace trimtab::bench {
namespace {

std::size_t CountBytes(char*, std::size_t size, std::size_t count, void* total) {
  *static_cast<std::int64_t*>(total) += static_cast<std::int64_t>(size * count);
  return size * count;
}

// One worker's connection.
class Connection {
 public:
  explicit Connection(const HttpOptions& options) : handle_(curl_easy_init()) {
    if (handle_ == nullptr) return;
    Set(CURLOPT_URL, options.url.c_str());
    Set(CURLOPT_CUSTOMREQUEST, options.method.c_str());
    // HEAD is answered without a body, whatever its length says.
    if (options.method == "HEAD") Set(CURLOPT_NOBODY, 1L);
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_PROXY, "");
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
    Set(CURLOPT_ERRORBUFFER, error_.data());
    Set(CURLOPT_WRITEFUNCTION, &CountBytes);
    Set(CURLOPT_WRITEDATA, &received_);
    if (!options.ca_file.empty()) Set(CURLOPT_CAINFO, options.ca_file.c_str());
    // Without the header, curl would ask for leave to send a long body first.
    headers_ = curl_slist_append(headers_, "Expect:");
    for (const std::string& header : options.headers) {
      headers_ = curl_slist_append(headers_, header.c_str());
    }
    Set(CURLOPT_HTTPHEADER, headers_);
  }
  ~Connection() {
    curl_slist_free_all(headers_);
    curl_easy_cleanup(handle_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool ok() const { return handle_ != nullptr; }

  absl::StatusOr<std::int64_t> Send(std::string_view body) {
    if (!body.empty()) {
      Set(CURLOPT_POSTFIELDS, body.data());
      Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    }
    received_ = 0;
    error_[0] = '\0';
    const CURLcode code = curl_easy_perform(handle_);
    if (code != CURLE_OK) return Failure(code);
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 400) return Error(absl::StatusCode::kInternal, "HTTP status {}", status);
    return static_cast<std::int64_t>(body.size()) + received_;
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(handle_, option, value);
  }

  absl::Status Failure(CURLcode code) const {
    if (code == CURLE_OPERATION_TIMEDOUT) return absl::DeadlineExceededError("timed out");
    const char* text = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
    const bool usage = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
    return Error(usage ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kUnavailable, "{}",
                 text);
  }

  CURL* handle_;
  curl_slist* headers_ = nullptr;
  std::int64_t received_ = 0;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

class HttpTarget final : public Target {
 public:
  explicit HttpTarget(HttpOptions options) : options_(std::move(options)) {}

  absl::Status Open(int workers) override {
    // Once a process; curl counts.
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      return absl::InternalError("libcurl can't be used");
    }
    connections_.clear();
    for (int i = 0; i < workers; ++i) {
      connections_.push_back(std::make_unique<Connection>(options_));
      if (!connections_.back()->ok()) return absl::ResourceExhaustedError("out of memory");
    }
    // A target that answers with errors is still a target.
    const absl::Status first = Send(0, {}).status();
    return absl::IsInternal(first) ? absl::OkStatus() : first;
  }

  absl::StatusOr<std::int64_t> Send(int worker, std::string_view payload) override {
    return connections_[static_cast<std::size_t>(worker)]->Send(payload.empty() ? options_.body
                                                                                : payload);
  }

  absl::StatusOr<std::string> PayloadOf(std::int64_t bytes) const override {
    if (options_.method == "GET" || options_.method == "HEAD") {
      return Error(absl::StatusCode::kInvalidArgument,
                   "a {} has no body to give a size to; use --method POST", options_.method);
    }
    return benchmark::RandomPayload(bytes, 1);
  }

  std::map<std::string, std::string> Labels() const override {
    return {{"target", options_.method + " " + options_.url}};
  }

 private:
  const HttpOptions options_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

std::unique_ptr<Target> MakeHttpTarget(HttpOptions options) {
  return std::make_unique<HttpTarget>(std::move(options));
}

}  // namespace trimtab::bench
