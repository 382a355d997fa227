#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What trimtabd costs while it only watches: resident memory and CPU in the mode
`observe`, metrics polled once a second, beside the demo under load. A Markdown
table, a row for each round."""

import argparse
import json
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from running_demo import RunningDemo  # noqa: E402

SETTINGS = {"host": {"metrics": "poll", "poll_interval_ms": 1000}, "tuning": {"mode": "observe"}}


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        (line,) = [line for line in file if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default="build/bin")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=60, help="of a round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, RunningDemo(options.binaries) as demo:
        profile = os.path.join(directory, "observe.yaml")
        with open(profile, "w", encoding="utf-8") as file:
            # JSON is YAML.
            json.dump(SETTINGS, file)
        daemon = demo.start(
            demo.tool("trimtabd"), "--config", profile, "--host", demo.tuner, "--store",
            os.path.join(directory, "db"), "--api", "unix:" + os.path.join(directory, "api"),
            "--metrics", "127.0.0.1:0")
        daemon.line_with('to="holding"')
        print("| resident, MB | of one core, % |\n|---|---|")
        for _ in range(options.rounds):
            before, began = cpu_seconds(daemon.process.pid), time.monotonic()
            time.sleep(options.seconds)
            used = cpu_seconds(daemon.process.pid) - before
            share = 100 * used / (time.monotonic() - began)
            print(f"| {resident_mb(daemon.process.pid):.1f} | {share:.2f} |", flush=True)


if __name__ == "__main__":
    main()
