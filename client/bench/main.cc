// SPDX-License-Identifier: Apache-2.0
// trimtab-bench: the command line.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "client/bench/commands.h"
#include "client/bench/files.h"
#include "client/runtime/benchmark/latency.h"
#include "daemon/base/error.h"

namespace trimtab::bench {
namespace {

constexpr std::size_t kMaxBodyBytes = 64 << 20;
constexpr double kLongestS = 7 * 24 * 3600;

constexpr const char* kExamples = R"(
Examples:
  # 10 s, 4 requests at a time: what can it do?
  trimtab-bench http http://127.0.0.1:8080/ --concurrency 4

  # 200 users a second, as they come: what do they wait? (coordinated omission counts)
  trimtab-bench http http://127.0.0.1:8080/ --rate 200 --concurrency 64 --save before.json

  # A gRPC method with its request as JSON (the server's reflection tells the type)
  trimtab-bench grpc 127.0.0.1:7411 trimtab.v1.TunerService/GetStatus --json '{}'

  # Latency by the size of the request
  trimtab-bench grpc 127.0.0.1:7000 echo.Echo/Say --request-bytes 100,1000,10000 --count 10000

  # Is it faster now? Fails when it is surely slower by more than 5 %.
  trimtab-bench compare before.json after.json --margin 5 --fail-if-worse

Exit codes: 0 done; 1 the benchmark failed, as when no request succeeded; 2 a wrong option or
file; 3 nobody answers at the target; 4 worse (--fail-if-worse); 130 interrupted.
Percentiles hold successes, timeouts and requests that were never sent; errors are counted apart.)";

struct Options {
  RunCommand run;
  HttpOptions http;
  std::string body_file;
  GrpcOptions grpc;
  std::string json;
  std::string json_file;
  std::string bytes_file;
  std::vector<std::string> metadata;
  std::int64_t timeout_ms = 5000;
  std::string arrivals = "poisson";
  std::string ca_file;
  CompareCommand compare;
  std::string show;
  Format format = Format::kText;
};

void AddFormat(CLI::App& command, Options& options) {
  const std::map<std::string, Format> formats = {
      {"text", Format::kText}, {"json", Format::kJson}, {"markdown", Format::kMarkdown}};
  command.add_option("-o,--output", options.format, "text, json or markdown")
      ->transform(CLI::CheckedTransformer(formats))
      ->option_text("FORMAT [text]");
}

void AddRunOptions(CLI::App& command, Options& options) {
  RunCommand& run = options.run;
  command.add_option("-d,--duration", run.duration_s, "measure for so many seconds [10]")
      ->check(CLI::Range(0.001, kLongestS));
  command
      .add_option("-n,--count", run.count, "measure so many requests; with -d, the first of both")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  command.add_option("-w,--warm-up", run.warm_up_s, "seconds before that, thrown away")
      ->check(CLI::Range(0.0, kLongestS))
      ->capture_default_str();
  command.add_option("-c,--concurrency", run.load.concurrency, "requests at once, at most")
      ->check(CLI::Range(1, benchmark::Load::kMaxConcurrency))
      ->capture_default_str();
  command
      .add_option("-r,--rate", run.load.rate,
                  "requests a second, whether or not the target keeps up; without it, the next "
                  "is sent when the one before is answered")
      ->check(CLI::Range(0.001, benchmark::Load::kMaxRate));
  command.add_option("--arrivals", options.arrivals, "with --rate: poisson or constant")
      ->check(CLI::IsMember({"poisson", "constant"}))
      ->capture_default_str()
      ->needs("--rate");
  command.add_option("--seed", run.load.seed, "of the random arrivals")->capture_default_str();
  command.add_option("--timeout-ms", options.timeout_ms, "of a request, and to connect")
      ->check(CLI::Range(1, 3600000))
      ->capture_default_str();
  command
      .add_option("--request-bytes", run.request_bytes,
                  "size of a request, several with commas for a run each")
      ->delimiter(',')
      ->check(CLI::Range(std::int64_t{1}, benchmark::LatencyBenchmark::kMaxRequestBytes));
  command.add_option("--name", run.name, "in the report; the target by default");
  command.add_option("--save", run.save, "also write the results to a file, for compare and show");
  command
      .add_option("--pid", run.memory_pid,
                  "measure the memory of this process, such as the server's; our own otherwise")
      ->check(CLI::Range(1, 1 << 22));
  command.add_flag("!--no-progress", run.progress, "no progress bar");
  command.add_option("--ca-file", options.ca_file, "certificates to trust, for TLS");
  AddFormat(command, options);
}

CLI::App* AddHttp(CLI::App& app, Options& options) {
  CLI::App* http = app.add_subcommand("http", "HTTP/1.1 or https, with connections kept alive");
  http->add_option("url", options.http.url, "http://HOST:PORT/PATH")->required();
  http->add_option("-X,--method", options.http.method, "GET, POST, ...")->capture_default_str();
  http->add_option("-H,--header", options.http.headers, "'Name: value'; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  auto* body = http->add_option("-b,--body", options.http.body, "the body");
  http->add_option("--body-file", options.body_file, "a file with the body")->excludes(body);
  AddRunOptions(*http, options);
  return http;
}

CLI::App* AddGrpc(CLI::App& app, Options& options) {
  CLI::App* grpc = app.add_subcommand("grpc", "a unary gRPC method");
  grpc->add_option("address", options.grpc.address, "HOST:PORT or unix:PATH")->required();
  grpc->add_option("method", options.grpc.method, "package.Service/Method")->required();
  auto* json = grpc->add_option("-j,--json", options.json,
                                "the request as JSON; needs reflection. Without any: empty");
  auto* file = grpc->add_option("--json-file", options.json_file, "a file with it")->excludes(json);
  grpc->add_option("--bytes-file", options.bytes_file, "a file with the serialized request")
      ->excludes(json)
      ->excludes(file);
  grpc->add_option("-H,--metadata", options.metadata, "'name: value'; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  grpc->add_option("--connections", options.grpc.connections, "that the requests share")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  grpc->add_flag("--tls", options.grpc.tls, "encrypted");
  AddRunOptions(*grpc, options);
  return grpc;
}

CLI::App* AddCompare(CLI::App& app, Options& options) {
  CLI::App* compare = app.add_subcommand(
      "compare",
      "two saved runs, metric by metric, with a confidence interval (batch means, Welch)");
  compare->add_option("before", options.compare.before, "a file of --save")->required();
  compare->add_option("after", options.compare.after, "another")->required();
  compare->add_option("--confidence", options.compare.confidence_percent, "of an interval, percent")
      ->check(CLI::Range(50.0, 99.99))
      ->capture_default_str();
  compare
      ->add_option("--margin", options.compare.margin_percent, "changes that don't matter, percent")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  compare->add_flag("--fail-if-worse", options.compare.fail_if_worse,
                    "exit code 4 when any metric is worse");
  AddFormat(*compare, options);
  return compare;
}

absl::Status TakeFile(const std::string& path, std::string* target) {
  if (path.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> text = ReadFile(path, kMaxBodyBytes);
  if (text.ok()) *target = *std::move(text);
  return text.status();
}

absl::Status TakeMetadata(const std::string& text, GrpcOptions* grpc) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string::npos) {
    return Error(absl::StatusCode::kInvalidArgument, "--metadata: '{}' is not 'name: value'", text);
  }
  std::string name = text.substr(0, colon);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t value = text.find_first_not_of(' ', colon + 1);
  grpc->metadata.emplace_back(name, value == std::string::npos ? "" : text.substr(value));
  return absl::OkStatus();
}

// What the parser can't check by itself.
absl::Status Complete(Options& options, bool grpc) {
  RunCommand& run = options.run;
  if (run.load.rate > 0) ParseKind(options.arrivals, &run.load.kind);
  options.http.timeout = options.grpc.timeout = std::chrono::milliseconds(options.timeout_ms);
  options.http.ca_file = options.grpc.ca_file = options.ca_file;
  if (run.name.empty()) {
    run.name = grpc ? options.grpc.method : options.http.method + " " + options.http.url;
  }
  if (auto status = TakeFile(options.body_file, &options.http.body); !status.ok()) return status;
  if (auto status = TakeFile(options.json_file, &options.json); !status.ok()) return status;
  if (auto status = TakeFile(options.bytes_file, &options.grpc.bytes); !status.ok()) return status;
  if (!options.json.empty()) options.grpc.json = options.json;
  for (const std::string& each : options.metadata) {
    if (auto status = TakeMetadata(each, &options.grpc); !status.ok()) return status;
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("trimtab-bench sends requests and measures what becomes of them.");
  app.set_version_flag("--version", TRIMTAB_VERSION);
  app.require_subcommand(1);
  app.footer(kExamples);
  const CLI::App* http = AddHttp(app, options);
  const CLI::App* grpc = AddGrpc(app, options);
  const CLI::App* compare = AddCompare(app, options);
  CLI::App* show = app.add_subcommand("show", "a saved run again, in any format");
  show->add_option("file", options.show, "a file of --save")->required();
  AddFormat(*show, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  options.run.format = options.compare.format = options.format;
  if (compare->parsed()) return CompareFiles(options.compare);
  if (show->parsed()) return ShowFile(options.show, options.format);
  if (const absl::Status status = Complete(options, grpc->parsed()); !status.ok()) {
    std::fprintf(stderr, "trimtab-bench: %s\n", Message(status).c_str());
    return kExitUsage;
  }
  const std::unique_ptr<Target> target =
      http->parsed() ? MakeHttpTarget(options.http) : MakeGrpcTarget(options.grpc);
  return RunBenchmarks(options.run, *target);
}

}  // namespace
}  // namespace trimtab::bench

int main(int argc, char** argv) { return trimtab::bench::Main(argc, argv); }
