#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A staging host that nobody sends requests to, tuned by its own benchmark.

Usage: staging_test.py DIRECTORY-OF-BINARIES
"""

import subprocess

import demo
import programs

# The second candidate does nearly twice what the host does by itself: 32
# threads, a cache that holds what is asked for often, fewer commits.
SETTINGS = """
host: {metrics: benchmark, benchmark_duration_ms: 400, benchmark_warm_up_ms: 300,
       poll_interval_ms: 100}
tuning: {mode: auto, strategy: grid, max_trials: 2, lease_ms: 6000}
objective: {kind: maximize, metric: throughput_ops_per_second}
parameters:
  thread_pool_size: {values: [8, 32]}
  connection_pool_size: 50
  batch_size: 500
  cache_size: 50000
  timeout_ms: 400
  retry_count: 3
measure: {settle_ms: 0, min_windows: 2, max_windows: 3, min_requests: 20,
          window_timeout_ms: 10000}
guard: {exploration_breach_percent: 100}
validation: {pairs: 4, windows_per_half: 1, min_gain_percent: 1}
hold: {probation_ms: 0}
"""


class StagingTest(demo.DemoCase):

    def run_all(self, *host_options):
        """Backend, host and daemon; no program that sends requests."""
        self.run_demo(*host_options, backend_options=("--spread", "0.5"), load=False)
        return self.run_daemon(self.write("staging.yaml", SETTINGS), self.tuner_address)

    def test_baseline_trials_and_validation_work_on_its_benchmark(self):
        daemon = self.run_all("--benchmark", "closed", "--benchmark-concurrency", "48")
        daemon.line_with('purpose="validation"')
        daemon.line_with('to="holding"')
        trials = self.answers("trials")
        purposes = {trial["purpose"] for trial in trials}
        self.assertEqual(purposes, {"TRIAL_PURPOSE_BASELINE", "TRIAL_PURPOSE_CANDIDATE",
                                    "TRIAL_PURPOSE_VALIDATION"})
        for trial in trials:
            self.assertEqual(trial["verdict"], "VERDICT_SUCCESS", trial)
            self.assertGreater(int(trial["request_count"]), 20, trial)
        # How sure it can be is the machine's to say; that it decides is ours.
        reasons = {decision["reason"] for decision in self.answers("decisions")}
        self.assertTrue(reasons & {"DECISION_REASON_PROMOTED", "DECISION_REASON_NOT_PROVEN"},
                        reasons)
        status = self.status()
        self.assertEqual(status["config_in_force"], status["incumbent"]["config"])
        self.assertEqual(daemon.end(), 0)

    def test_a_pause_and_its_end(self):
        daemon = self.run_all("--benchmark", "closed", "--benchmark-concurrency", "4")
        daemon.line_with('to="settling"')
        self.assertEqual(self.ctl("pause").returncode, 0)
        self.assertEqual(self.status()["state"], "TUNER_STATE_PAUSED")
        daemon.skip()
        self.assertEqual(self.ctl("resume").returncode, 0)
        daemon.line_with('to="measuring"')

    def test_a_host_without_a_benchmark_is_a_clear_error(self):
        daemon = self.run_all()
        line = daemon.line_with('to="paused"')
        self.assertIn("the host has no benchmark of its own", line)
        self.assertIn("host.metrics", self.status()["reason"])

    def test_settings_that_no_benchmark_could_meet_are_refused(self):
        path = self.write("bad.yaml", "host: {metrics: benchmark, benchmark_duration_ms: 20000, "
                          "benchmark_warm_up_ms: 1000}\n")
        for command in (["trimtabctl", "validate", path], ["trimtabd", "--config", path]):
            result = subprocess.run([programs.binary(command[0]), *command[1:]], text=True,
                                    capture_output=True, timeout=programs.DEADLINE_S, check=False)
            self.assertEqual(result.returncode, 2)
            self.assertIn("measure.settle_ms", result.stderr)
            self.assertIn("measure.window_timeout_ms", result.stderr)


if __name__ == "__main__":
    programs.main()
