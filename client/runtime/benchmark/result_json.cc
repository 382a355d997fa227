// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/result_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/base/error.h"

namespace trimtab::benchmark {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "trimtab-benchmark";
constexpr int kVersion = 1;

// What FromJson() complains of; never leaves this file.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Json Optional(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(); }

Json Write(const Load& load) {
  Json json;
  json["kind"] = Name(load.kind);
  json["concurrency"] = load.concurrency;
  json["rate_per_second"] = load.rate;
  json["seed"] = load.seed;
  return json;
}

Json WriteLatency(const Histogram& latency) {
  Json json;
  json["count"] = latency.count();
  if (latency.count() > 0) {
    json["total_ns"] = latency.sum_ns();
    json["average_ns"] = *latency.MeanNs();
    json["min_ns"] = *latency.MinNs();
    json["max_ns"] = *latency.MaxNs();
    for (const NamedQuantile& each : kQuantiles) {
      json[std::string(each.name) + "_ns"] = *latency.QuantileNs(each.q);
    }
  }
  Json indices = Json::array();
  Json counts = Json::array();
  for (std::size_t i = 0; i < latency.counts().size(); ++i) {
    if (latency.counts()[i] == 0) continue;
    indices.push_back(i);
    counts.push_back(latency.counts()[i]);
  }
  json["precision_bits"] = LogLinearBuckets::kDefaultPrecisionBits;
  json["bucket_indices"] = std::move(indices);
  json["bucket_counts"] = std::move(counts);
  return json;
}

Json Write(const Batch& batch) {
  Json json;
  json["begin_ns"] = batch.begin.count();
  json["length_ns"] = batch.length.count();
  json["succeeded"] = batch.succeeded;
  json["failed"] = batch.failed;
  json["latencies"] = batch.latencies;
  json["mean_ns"] = batch.mean_ns;
  json["p50_ns"] = batch.p50_ns;
  json["p95_ns"] = batch.p95_ns;
  json["p99_ns"] = batch.p99_ns;
  json["p999_ns"] = batch.p999_ns;
  return json;
}

Json Write(const Result& result) {
  Json json;
  json["name"] = result.name;
  json["labels"] = result.labels;
  json["load"] = Write(result.load);
  json["warm_up_ns"] = result.warm_up.count();
  json["request_bytes"] = Optional(result.request_bytes);
  json["begun_unix_ns"] = Duration(result.begun.time_since_epoch()).count();
  json["length_ns"] = result.length.count();
  json["interrupted"] = result.interrupted;
  json["iterations"] = result.iterations();
  json["succeeded"] = result.succeeded;
  json["errors"] = result.errors;
  json["timeouts"] = result.timeouts;
  json["missed"] = result.missed;
  json["failed_percent"] = result.FailedPercent();
  json["payload_bytes"] = result.payload_bytes;
  json["throughput_ops_per_second"] = result.ThroughputOps();
  json["throughput_bytes_per_second"] = result.ThroughputBytes();
  json["latency"] = WriteLatency(result.latency);
  json["memory_before_bytes"] = Optional(result.memory.before);
  json["memory_after_bytes"] = Optional(result.memory.after);
  json["memory_peak_bytes"] = Optional(result.memory.peak);
  json["batches"] = Json::array();
  for (const Batch& batch : result.batches) json["batches"].push_back(Write(batch));
  json["error_texts"] = result.error_texts;
  json["warnings"] = result.warnings;
  return json;
}

// Reads members of one object, and says which one is wrong.
class Reader {
 public:
  Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) throw Malformed(path_ + " is not an object");
  }

  const Json& Member(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end()) throw Malformed(PathOf(name) + " is missing");
    return *found;
  }
  std::int64_t Count(const char* name) const {
    const Json& value = Member(name);
    if (!value.is_number_integer()) throw Malformed(PathOf(name) + " is not a whole number");
    // Also what is above the range of the type.
    const bool above = value.is_number_unsigned() &&
                       value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
    if (above || value.get<std::int64_t>() < 0) throw Malformed(PathOf(name) + " is out of range");
    return value.get<std::int64_t>();
  }
  std::optional<std::int64_t> OptionalCount(const char* name) const {
    if (Member(name).is_null()) return std::nullopt;
    return Count(name);
  }
  double Number(const char* name) const {
    const Json& value = Member(name);
    if (!value.is_number()) throw Malformed(PathOf(name) + " is not a number");
    const double number = value.get<double>();
    if (!std::isfinite(number) || number < 0) throw Malformed(PathOf(name) + " is out of range");
    return number;
  }
  std::string Text(const char* name) const {
    const Json& value = Member(name);
    if (!value.is_string()) throw Malformed(PathOf(name) + " is not a text");
    return value.get<std::string>();
  }
  template <typename T>
  T As(const char* name) const {
    try {
      return Member(name).get<T>();
    } catch (const Json::exception&) {
      throw Malformed(PathOf(name) + " is of another type");
    }
  }
  std::string PathOf(const char* name) const { return path_ + "." + name; }

 private:
  const Json& json_;
  const std::string path_;
};

Load ReadLoad(const Reader& reader) {
  Load load;
  if (!ParseKind(reader.Text("kind"), &load.kind)) {
    throw Malformed(reader.PathOf("kind") + " is not closed, constant or poisson");
  }
  const std::int64_t concurrency = reader.Count("concurrency");
  load.rate = reader.Number("rate_per_second");
  load.seed = reader.As<std::uint64_t>("seed");
  load.concurrency = concurrency > Load::kMaxConcurrency ? 0 : static_cast<int>(concurrency);
  if (const auto mistakes = Mistakes(load); !mistakes.empty()) {
    throw Malformed(reader.PathOf("load") + ": " + mistakes.front());
  }
  return load;
}

Histogram ReadLatency(const Reader& reader) {
  Histogram latency;
  if (reader.Count("count") == 0) return latency;
  if (reader.Count("precision_bits") != LogLinearBuckets::kDefaultPrecisionBits) {
    throw Malformed(reader.PathOf("precision_bits") + " is another one than ours");
  }
  const auto indices = reader.As<std::vector<std::uint64_t>>("bucket_indices");
  const auto bucket_counts = reader.As<std::vector<std::uint64_t>>("bucket_counts");
  std::vector<std::uint64_t> counts(LogLinearBuckets::Count());
  bool sound = indices.size() == bucket_counts.size();
  for (std::size_t i = 0; sound && i < indices.size(); ++i) {
    sound = indices[i] < counts.size();
    if (sound) counts[indices[i]] = bucket_counts[i];
  }
  sound = sound && latency.Restore(std::move(counts), reader.Number("total_ns"),
                                   static_cast<std::uint64_t>(reader.Count("min_ns")),
                                   static_cast<std::uint64_t>(reader.Count("max_ns")));
  if (!sound || latency.count() != static_cast<std::uint64_t>(reader.Count("count"))) {
    throw Malformed(reader.PathOf("bucket_counts") + " contradict the rest");
  }
  return latency;
}

Batch ReadBatch(const Reader& reader) {
  Batch batch;
  batch.begin = Duration(reader.Count("begin_ns"));
  batch.length = Duration(reader.Count("length_ns"));
  batch.succeeded = reader.Count("succeeded");
  batch.failed = reader.Count("failed");
  batch.latencies = reader.Count("latencies");
  batch.mean_ns = reader.Number("mean_ns");
  batch.p50_ns = reader.Number("p50_ns");
  batch.p95_ns = reader.Number("p95_ns");
  batch.p99_ns = reader.Number("p99_ns");
  batch.p999_ns = reader.Number("p999_ns");
  return batch;
}

Result ReadResult(const Reader& reader) {
  Result result;
  result.name = reader.Text("name");
  result.labels = reader.As<std::map<std::string, std::string>>("labels");
  result.load = ReadLoad(Reader(reader.Member("load"), reader.PathOf("load")));
  result.warm_up = Duration(reader.Count("warm_up_ns"));
  result.request_bytes = reader.OptionalCount("request_bytes");
  result.begun = WallTime(
      std::chrono::duration_cast<WallTime::duration>(Duration(reader.Count("begun_unix_ns"))));
  result.length = Duration(reader.Count("length_ns"));
  result.interrupted = reader.As<bool>("interrupted");
  result.succeeded = reader.Count("succeeded");
  result.errors = reader.Count("errors");
  result.timeouts = reader.Count("timeouts");
  result.missed = reader.Count("missed");
  result.payload_bytes = reader.Count("payload_bytes");
  result.latency = ReadLatency(Reader(reader.Member("latency"), reader.PathOf("latency")));
  result.memory.before = reader.OptionalCount("memory_before_bytes");
  result.memory.after = reader.OptionalCount("memory_after_bytes");
  result.memory.peak = reader.OptionalCount("memory_peak_bytes");
  const Json& batches = reader.Member("batches");
  if (!batches.is_array()) throw Malformed(reader.PathOf("batches") + " is not a list");
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const std::string path = reader.PathOf("batches") + "[" + std::to_string(i) + "]";
    result.batches.push_back(ReadBatch(Reader(batches[i], path)));
  }
  result.error_texts = reader.As<std::map<std::string, std::int64_t>>("error_texts");
  result.warnings = reader.As<std::vector<std::string>>("warnings");
  return result;
}

std::vector<Result> ReadAll(const Json& json) {
  const Reader reader(json, "the file");
  if (reader.Text("format") != kFormat) throw Malformed("is not a result of trimtab-bench");
  if (reader.Count("version") != kVersion)
    throw Malformed("is of another version of trimtab-bench");
  const Json& list = reader.Member("results");
  if (!list.is_array() || list.empty()) throw Malformed("holds no result");
  std::vector<Result> results;
  for (std::size_t i = 0; i < list.size(); ++i) {
    results.push_back(ReadResult(Reader(list[i], "results[" + std::to_string(i) + "]")));
  }
  return results;
}

}  // namespace

std::string ToJson(const std::vector<Result>& results) {
  Json json;
  json["format"] = kFormat;
  json["version"] = kVersion;
  json["results"] = Json::array();
  for (const Result& result : results) json["results"].push_back(Write(result));
  // Error texts come from outside and may not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<std::vector<Result>> FromJson(const std::string& text) {
  try {
    return ReadAll(Json::parse(text));
  } catch (const Malformed& error) {
    return Error(absl::StatusCode::kInvalidArgument, "{}", error.what());
  } catch (const Json::exception& error) {
    return Error(absl::StatusCode::kInvalidArgument, "is not JSON: {}", error.what());
  }
}

}  // namespace trimtab::benchmark
