#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the model-based search saves on the demo: trimtabd tunes the demo over
the 256 combinations of the default space, once with the whole grid and then with
`bayes` for each seed; the best of each is measured again, in turns.

Prints a Markdown table: windows measured before validation, and the score of the
configuration found against the best that the grid found.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from running_demo import RunningDemo  # noqa: E402

SPACE = {
    "thread_pool_size": [4, 8, 16, 32],
    "connection_pool_size": [50, 100, 200, 500],
    "cache_size": [1000, 5000, 10000, 50000],
    "batch_size": [100, 500, 1000, 2000],
}
HELD = {"timeout_ms": 100, "retry_count": 3}
NAMES = [*SPACE, *HELD]
GRID_FINALISTS = 12


def settings(strategy, seed, trials, windows, settle_ms):
    return {
        "host": {"poll_interval_ms": 500},
        # Nothing is promoted: arms are compared by what they measured.
        "tuning": {"mode": "approve", "strategy": strategy, "seed": seed, "max_trials": trials,
                   "incumbent_every": 8, "lease_ms": 10000},
        "objective": {"kind": "reference"},
        "parameters": {**{name: {"values": values} for name, values in SPACE.items()}, **HELD},
        "measure": {"settle_ms": settle_ms, "min_windows": windows, "max_windows": windows,
                    "min_requests": 100, "window_timeout_ms": 5000},
        "guard": {"breach_windows": 100, "freeze_windows": 1000,
                  "exploration_breach_percent": 100},
        "validation": {"pairs": 3, "windows_per_half": 2, "finalists": 1},
    }


def asked(binaries, api, *words):
    run = subprocess.run(
        [os.path.join(binaries, "trimtabctl"), "--address", api, "--output", "json", *words],
        capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def values_of(config):
    return {name: round(float(config["timeout"].rstrip("s")) * 1000) if name == "timeout_ms"
            else int(config[name]) for name in NAMES}


def explore(options, strategy, seed, trials):
    """The trials of one round: [(values, score or None, windows)], the first is
    the baseline; the time it took in seconds."""
    with tempfile.TemporaryDirectory() as directory, RunningDemo(options.binaries) as demo:
        profile = os.path.join(directory, "profile.yaml")
        with open(profile, "w", encoding="utf-8") as file:
            # JSON is YAML.
            json.dump(settings(strategy, seed, trials, options.windows, options.settle_ms), file)
        api = "unix:" + os.path.join(directory, "api")
        began = time.monotonic()
        daemon = demo.start(demo.tool("trimtabd"), "--config", profile, "--host", demo.tuner, "--store",
                            os.path.join(directory, "db"), "--api", api, "--metrics",
                            "127.0.0.1:0")
        daemon.line_with("trimtabd runs")
        while True:
            daemon.hear(1)
            if daemon.process.poll() is not None:
                raise RuntimeError(f"trimtabd ended: {daemon.said}")
            status = asked(options.binaries, api, "status")[0]
            # It holds for a moment before the round, too.
            explored = int(status.get("trials_done", 0)) > 0
            if explored and status["state"] in ("TUNER_STATE_VALIDATING", "TUNER_STATE_HOLDING"):
                break
        took = time.monotonic() - began
        listed = asked(options.binaries, api, "trials", "--limit", "1000")
    listed.sort(key=lambda trial: int(trial["id"]))
    return [(values_of(trial["config"]), trial.get("score", {}).get("value"),
             int(trial.get("windows", 0))) for trial in listed], took


def best_of(trials, count):
    """The `count` configurations with the highest mean score."""
    scores = {}
    for values, score, _ in trials:
        if score is not None:
            scores.setdefault(tuple(values.values()), []).append(float(score))
    ranked = sorted(scores, key=lambda key: statistics.mean(scores[key]), reverse=True)
    return ranked[:count]


def measured_again(options, points):
    """Score of each configuration, the median of several passes in turns."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(NAMES)
        writer.writerows(points)
        file.flush()
        run = subprocess.run(
            [os.path.join(options.binaries, "..", "bench", "demo_sweep"), "--points", file.name,
             "--passes", str(options.passes), "--windows", str(options.windows), "--settle-ms",
             str(options.settle_ms)], stdout=subprocess.PIPE, text=True, check=True)
    return {tuple(int(row[name]) for name in NAMES): float(row["score"])
            for row in csv.DictReader(run.stdout.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default="build/bin")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--trials", type=int, default=24, help="candidates of `bayes`")
    parser.add_argument("--windows", type=int, default=6, help="of each trial")
    parser.add_argument("--settle-ms", type=int, default=1000)
    parser.add_argument("--passes", type=int, default=7, help="of the last measurement")
    options = parser.parse_args()

    arms = [("grid", 1, 256)] + [("bayes", seed, options.trials) for seed in options.seeds]
    rows = []
    points = set()
    for strategy, seed, count in arms:
        trials, took = explore(options, strategy, seed, count)
        windows = sum(each[2] for each in trials)
        found = best_of(trials, GRID_FINALISTS if strategy == "grid" else 1)
        points.update(found)
        points.add(tuple(trials[0][0].values()))
        rows.append((f"{strategy}, seed {seed}", len(trials), windows, took, found,
                     tuple(trials[0][0].values())))
        print(f"{strategy} {seed}: {len(trials)} trials, {windows} windows, {took:.0f} s",
              file=sys.stderr, flush=True)
    truth = measured_again(options, sorted(points))
    # The grid's own choice is the best of its finalists, measured again.
    top = max(rows[0][4], key=truth.get)
    print("| arm | trials | windows | of the grid's | s | " + ", ".join(NAMES[:4]) +
          " | score | of the best swept |\n|---|---|---|---|---|---|---|---|")
    rows.append(("the host's default", 0, 0, 0, [rows[0][5]], rows[0][5]))
    for label, trials, windows, took, found, _ in rows:
        point = top if label.startswith("grid") else found[0]
        print(f"| {label} | {trials} | {windows} | 1/{rows[0][2] / max(windows, 1):.1f} | "
              f"{took:.0f} | {', '.join(map(str, point[:4]))} | {truth[point]:.2f} | "
              f"{100 * truth[point] / truth[top]:.0f} % |")


if __name__ == "__main__":
    main()
