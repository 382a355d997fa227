// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/host.h>

#include "client/runtime/benchmark/benchmark.h"
#include "client/runtime/benchmark/load.h"

namespace trimtab::benchmark {

// Makes of a benchmark what TunableHost::SetBenchmark() takes, so that a staging
// host without live traffic drives its own:
//
//   host.SetBenchmark(benchmark::ForHost(
//       host.metrics(), {.name = "lookup", .run = [&](const benchmark::Call&) {...}},
//       {.kind = benchmark::Load::Kind::kPoisson, .concurrency = 32, .rate = 200}));
//
// Every request, a missed one too, is recorded through `metrics` from its
// intended send on, so `run` must not record it itself. `setup` and `cleanup`
// run around each stretch of load, the warm-up by itself.
//
// That requests fail is told by the windows that they are recorded in, not as an
// error: for the tuner it is a finding about the configuration. Errors are those
// of RunBenchmark() but for that one. The load should be chosen like the service's real
// one; a closed loop tunes for throughput at its concurrency, and hides waiting.
// `clock` must outlive what is returned, as must what `metrics` belongs to.
host::TunableHost::Benchmark ForHost(host::MetricsRecorder metrics, Benchmark benchmark, Load load,
                                     Clock& clock = SystemClock());

}  // namespace trimtab::benchmark
