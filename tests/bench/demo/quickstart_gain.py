#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much better the quickstart leaves the demo: runs deploy/quickstart.sh some
times, one after the other, and prints each proven gain. Fails when one of them is
below the least gain that is asked for. For a machine that does nothing else."""

import argparse
import os
import re
import subprocess
import sys
import time

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "deploy",
                      "quickstart.sh")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="build tree")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--least-percent", type=float, default=25)
    options = parser.parse_args()
    good = 0
    print("| run | exit | s | gain in % | 95 % interval |\n|---|---|---|---|---|")
    for run in range(1, options.runs + 1):
        began = time.monotonic()
        done = subprocess.run([SCRIPT, "--no-install", "--build", options.build],
                              capture_output=True, text=True, check=False)
        gain = re.search(r"proven gain: \+([0-9.]+) % \[([^]]+)\]", done.stdout)
        good += gain is not None and float(gain.group(1)) >= options.least_percent
        print(f"| {run} | {done.returncode} | {time.monotonic() - began:.0f} | "
              + (f"{gain.group(1)} | {gain.group(2)} |" if gain else "none proven | |"), flush=True)
    return 0 if good == options.runs else 1


if __name__ == "__main__":
    sys.exit(main())
