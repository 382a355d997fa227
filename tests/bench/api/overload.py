#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether tuning goes on as ever while the API is overrun: status calls at a high
rate beside many streams, some of them stalled; then malformed requests. Prints a
Markdown table: how late the control loop was, and the daemon's memory."""

import argparse
import json
import os
import subprocess
import time

from tuned_demo import TunedDemo

STATUS = "trimtab.v1.TunerService/GetStatus"


def resident_mb(program):
    with open(f"/proc/{program.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def loop(series):
    return series["trimtab_loop_events_total"], series["trimtab_loop_delay_seconds_total"]


def row(name, demo, before):
    events, late = (now - then for now, then in zip(loop(demo.series()), before))
    print(f"| {name} | {events:.0f} | {1000 * late / max(events, 1):.2f} | "
          f"{resident_mb(demo.daemon):.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default="build/bin")
    parser.add_argument("--rate", type=int, default=10000, help="status calls a second")
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--stalled", type=int, default=50, help="of the streams")
    parser.add_argument("--seconds", type=int, default=20, help="of each load")
    parser.add_argument("--malformed", type=int, default=1000000, help="requests")
    options = parser.parse_args()
    bench = os.path.join(options.binaries, "trimtab-bench")
    with TunedDemo(options.binaries) as demo:
        def load(*arguments, target=demo.api, check=True):
            return subprocess.run([bench, "grpc", target, STATUS, "--connections", "4",
                                   "--concurrency", "64", "--no-progress", "--output", "json", *arguments],
                                  stdout=subprocess.PIPE, text=True, check=check).stdout

        print("| load | loop events | late by, ms each | resident MB |\n|---|---|---|---|")
        before = loop(demo.series())
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            demo.daemon.hear(1)
        row("none", demo, before)
        watchers = demo.start(os.path.join(options.binaries, "..", "bench", "tools", "api_watchers"),
                              demo.api, "--streams", str(options.streams), "--stalled",
                              str(options.stalled))
        watchers.line_with("watching")
        before = loop(demo.series())
        answered = load("--rate", str(options.rate), "--duration", str(options.seconds))
        row(f"{options.rate} calls/s and {options.streams} streams, {options.stalled} stalled",
            demo, before)
        watchers.end()
        garbage = os.path.join(demo.directory, "garbage")
        with open(garbage, "wb") as file:
            # A field that says it is longer than the message.
            file.write(b"\x0a\xff\xff\xff\x7fxx")
        tenth = str(options.malformed // 10)
        before = loop(demo.series())
        load("--bytes-file", garbage, "--count", tenth, check=False)
        row(f"{tenth} malformed requests", demo, before)
        before = loop(demo.series())
        load("--bytes-file", garbage, "--count", str(options.malformed - int(tenth)), check=False)
        row(f"{options.malformed} malformed requests", demo, before)
    result = json.loads(answered)["results"][0]
    print(f"\nanswered: {result['throughput_ops_per_second']:.0f} calls/s, "
          f"p50 {result['latency']['p50_ns'] / 1e6:.1f} ms, "
          f"p99 {result['latency']['p99_ns'] / 1e6:.1f} ms")


if __name__ == "__main__":
    main()
