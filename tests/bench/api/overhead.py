#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What asking costs while trimtabd tunes the demo: GetStatus against a gRPC call
that does nothing, both over Unix sockets and in turns, and the page for
Prometheus. Medians over the rounds; a Markdown table."""

import argparse
import json
import os
import statistics
import subprocess

from tuned_demo import TunedDemo


def measured(binaries, *target, count):
    """Quantiles in microseconds of one run, a request at a time."""
    run = subprocess.run(
        [os.path.join(binaries, "trimtab-bench"), *target, "--count", str(count), "--warm-up",
         "0.2", "--no-progress", "--output", "json"], stdout=subprocess.PIPE, check=True)
    latency = json.loads(run.stdout)["results"][0]["latency"]
    return {quantile: latency[f"{quantile}_ns"] / 1000 for quantile in ("p50", "p99")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default="build/bin")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--count", type=int, default=5000, help="calls of an arm in a round")
    options = parser.parse_args()
    with TunedDemo(options.binaries) as demo:
        bare = "unix:" + os.path.join(demo.directory, "bare")
        demo.start(os.path.join(options.binaries, "..", "bench", "tools", "api_bare_server"),
                   bare).line_with("listening")
        arms = {
            "a gRPC call that does nothing": ("grpc", bare, "bare.Echo/Say"),
            "GetStatus": ("grpc", demo.api, "trimtab.v1.TunerService/GetStatus"),
            "/metrics": ("http", demo.page),
        }
        results = {name: [] for name in arms}
        for _ in range(options.rounds):
            for name, target in arms.items():
                results[name].append(measured(options.binaries, *target, count=options.count))
        series = len(demo.series())
    medians = {name: {quantile: statistics.median(each[quantile] for each in rounds)
                      for quantile in ("p50", "p99")} for name, rounds in results.items()}
    bare_p50 = medians["a gRPC call that does nothing"]["p50"]
    print("| what | p50 us | p99 us | p50 against the bare call |\n|---|---|---|---|")
    for name, each in medians.items():
        ratio = f"{each['p50'] / bare_p50:.2f}" if name != "/metrics" else f"({series} series)"
        print(f"| {name} | {each['p50']:.0f} | {each['p99']:.0f} | {ratio} |")


if __name__ == "__main__":
    main()
