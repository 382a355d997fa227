#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon and of the host at every stage of tuning, with the real
binaries: the host goes back to its committed configuration by itself, and the
daemon goes on with the same study.

Usage: kill_test.py DIRECTORY-OF-BINARIES
"""

import signal
import subprocess
import sys
import unittest

import programs

STAGES = ("BASELINE", "SETTLING", "MEASURING", "VALIDATING", "HOLDING")


class KillTest(programs.SteadyHostCase):
    binaries = sys.argv.pop(1)

    def expect_tuned(self, study):
        status = self.until("HOLDING")
        self.assertEqual(status["study_id"], study)
        incumbent = int(status["incumbent"]["config"]["thread_pool_size"])
        self.assertEqual(self.host_is(), [incumbent, incumbent])
        self.assertEqual(incumbent, 16)
        trials = [int(word.split('"')[1]) for word in self.ctl("trials").stdout.split('"id":')[1:]]
        self.assertEqual(trials, sorted(set(trials), reverse=True))

    def test_the_daemon_at_every_stage(self):
        study = None
        for stage in STAGES:
            daemon = self.run_daemon()
            status = self.until(stage)
            study = study or status["study_id"]
            with self.subTest(stage):
                self.assertEqual(status["study_id"], study)
                daemon.end(signal.SIGKILL)
                committed = self.until_committed()
                self.assertIn(committed, (4, 16))
        self.run_daemon()
        self.expect_tuned(study)

    def test_the_daemon_in_a_trial_and_started_again_at_once(self):
        for stage in ("MEASURING", "VALIDATING"):
            daemon = self.run_daemon()
            before = self.until(stage)
            daemon.end(signal.SIGKILL)
        self.run_daemon()
        self.expect_tuned(before["study_id"])

    def test_the_host_at_every_stage(self):
        self.run_daemon()
        study = self.until("BASELINE")["study_id"]
        for stage in STAGES:
            with self.subTest(stage):
                self.until(stage)
                self.restart_host()
                # Known by its new process, before any stage is waited for.
                self.until("BASELINE", "SETTLING", "MEASURING", "VALIDATING", "HOLDING")
        self.expect_tuned(study)

    def test_the_daemon_while_a_promotion_is_under_way(self):
        daemon = self.run_daemon(self.write_settings(tuning={"mode": "approve"}))
        waiting = self.until("AWAITING_APPROVAL")
        self.assertEqual(self.host_is(), [4, 4])
        # Whichever of the two is first: half-way is not left.
        with subprocess.Popen(self.ctl_command("approve"), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL):
            daemon.end(signal.SIGKILL)
        self.assertIn(self.until_committed(), (4, 16))
        self.run_daemon(self.write_settings(tuning={"mode": "approve"}))
        status = self.until("AWAITING_APPROVAL", "HOLDING")
        if status["state"] == "TUNER_STATE_AWAITING_APPROVAL":
            self.assertEqual(self.ctl("approve").returncode, 0)
        self.expect_tuned(waiting["study_id"])

    def test_the_daemon_while_it_waits_paused_or_pinned(self):
        daemon = self.run_daemon()
        self.until("MEASURING")
        self.assertEqual(self.ctl("pause", "--reason", "lunch").returncode, 0)
        self.assertEqual(self.host_is(), [4, 4])
        daemon.end(signal.SIGKILL)
        daemon = self.run_daemon()
        self.assertIn("lunch", self.until("PAUSED")["reason"])
        self.assertEqual(self.ctl("pin", "thread_pool_size=7").returncode, 0)
        daemon.end(signal.SIGKILL)
        daemon = self.run_daemon()
        self.until("PAUSED")
        self.assertEqual(self.host_is(), [7, 7])
        self.assertEqual(self.ctl("rollback").returncode, 0)
        daemon.end(signal.SIGKILL)
        self.run_daemon()
        self.until("PAUSED")
        self.assertEqual(self.host_is(), [4, 4])

    def test_both_at_once(self):
        daemon = self.run_daemon()
        study = self.until("VALIDATING")["study_id"]
        daemon.end(signal.SIGKILL)
        self.restart_host()
        self.assertEqual(self.host_is(), [4, 4])
        self.run_daemon()
        self.expect_tuned(study)


if __name__ == "__main__":
    unittest.main()
