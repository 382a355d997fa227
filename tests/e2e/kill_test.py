#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon and of the host at every stage of tuning, with the real
binaries: the host goes back to its committed configuration by itself, and the
daemon goes on with the same study.

Usage: kill_test.py DIRECTORY-OF-BINARIES
"""

import contextlib
import signal
import sqlite3

import programs
import steady

STAGES = ("BASELINE", "SETTLING", "MEASURING", "VALIDATING", "HOLDING")
ON_TRIAL = ("SETTLING", "MEASURING", "VALIDATING")


class KillTest(steady.SteadyHostCase):

    def expect_tuned(self, study):
        status = self.until("HOLDING")
        self.assertEqual(status["study_id"], study)
        self.assertEqual(status["incumbent"]["config"]["thread_pool_size"], "16")
        self.assertEqual(self.host_is(), [16, 16])
        trials = [int(trial["id"]) for trial in self.answers("trials")]
        self.assertEqual(trials, sorted(set(trials), reverse=True))

    def test_the_daemon_at_every_stage(self):
        study = None
        for stage in STAGES:
            with self.subTest(stage):
                daemon = self.run_daemon()
                status = self.until(stage)
                study = study or status["study_id"]
                self.assertEqual(status["study_id"], study)
                if stage in ON_TRIAL:
                    self.stop_on_candidate(daemon)
                daemon.end(signal.SIGKILL)
                # Nobody but the host itself is there to do it.
                self.assertEqual(self.until_committed(), 16 if stage == "HOLDING" else 4)
        self.run_daemon()
        self.expect_tuned(study)

    def test_the_daemon_in_a_trial_and_started_again_at_once(self):
        # The host would keep the candidate for a minute.
        config = self.write_settings(tuning={"lease_ms": 60000})
        for stage in ("MEASURING", "VALIDATING"):
            with self.subTest(stage):
                daemon = self.run_daemon(config)
                before = self.until(stage)
                self.stop_on_candidate(daemon)
                daemon.end(signal.SIGKILL)
                in_force, committed = self.host_is()
                self.assertNotEqual(in_force, committed)
                daemon = self.run_daemon(config)
                line = daemon.line_with('reason="recovered"')
                self.assertIn(f"thread_pool_size {in_force} -> {committed}", line)
                daemon.line_with("state changed")
                daemon.end(signal.SIGKILL)
        self.run_daemon(config)
        self.expect_tuned(before["study_id"])

    def test_the_host_at_every_stage(self):
        daemon = self.run_daemon()
        study = self.until("BASELINE")["study_id"]
        for stage in STAGES:
            with self.subTest(stage):
                self.until(stage)
                daemon.skip()
                self.host.end(signal.SIGKILL)
                daemon.line_with('to="host_lost"')
                self.assertFalse(self.status()["host_reachable"])
                self.restart_host()
                daemon.line_with('from="host_lost"')
        # The proven configuration, on a host that knows its defaults only.
        self.assertIn("HOST_RESTARTED", self.decisions())
        self.expect_tuned(study)

    def test_the_host_in_a_trial_and_back_at_once(self):
        # A trial that is not over before that.
        daemon = self.run_daemon(self.write_settings(
            measure={"min_windows": 20, "max_windows": 20},
            parameters={"thread_pool_size": {"values": [4, 16]}}))
        status = self.until("MEASURING")
        self.assertNotEqual(status["config_in_force"], status["baseline"]["config"])
        daemon.skip()
        self.restart_host()
        daemon.line_with('verdict="ERROR"')
        self.expect_tuned(status["study_id"])

    def intent(self):
        """What the daemon is about to do to the host, as its store has it."""
        with contextlib.closing(sqlite3.connect(self.path("store.db"))) as database:
            return database.execute("SELECT intent FROM studies").fetchone()[0]

    def test_the_daemon_while_a_promotion_is_under_way(self):
        config = self.write_settings(host={"rpc_timeout_ms": 2000},
                                     tuning={"mode": "approve", "lease_ms": 6000})
        daemon = self.run_daemon(config)
        waiting = self.until("AWAITING_APPROVAL")
        self.assertEqual(self.host_is(), [4, 4])
        self.assertIsNone(self.intent())
        # The host has the request but not the time to answer it.
        self.host.process.send_signal(signal.SIGSTOP)
        approve = programs.Program(*self.ctl_command("approve"))
        self.addCleanup(approve.end)
        programs.wait_for(self.intent, "intent to promote")
        daemon.end(signal.SIGKILL)
        self.host.process.send_signal(signal.SIGCONT)
        self.assertNotEqual(approve.wait(), 0)
        # Half-way is not left.
        self.assertEqual(self.until_committed(), 4)
        self.run_daemon(config)
        status = self.until("AWAITING_APPROVAL", "HOLDING")
        if status["state"] == "TUNER_STATE_AWAITING_APPROVAL":
            self.assertEqual(self.ctl("approve").returncode, 0)
        self.expect_tuned(waiting["study_id"])

    def test_the_daemon_while_it_waits_paused_or_pinned(self):
        daemon = self.run_daemon()
        status = self.until("MEASURING")
        self.assertNotEqual(status["config_in_force"], status["baseline"]["config"])
        self.assertEqual(self.ctl("pause", "--reason", "lunch").returncode, 0)
        self.assertEqual(self.host_is(), [4, 4])
        daemon.end(signal.SIGKILL)
        daemon = self.run_daemon()
        self.assertIn("lunch", self.until("PAUSED")["reason"])
        (status,) = self.answers("pause", "--for-seconds", "600")
        until = status["until"]
        daemon.end(signal.SIGKILL)
        daemon = self.run_daemon()
        self.assertEqual(self.until("PAUSED")["until"][:18], until[:18])
        self.assertEqual(self.ctl("stop", "--reason", "enough").returncode, 0)
        daemon.end(signal.SIGKILL)
        daemon = self.run_daemon()
        self.assertIn("enough", self.until("STOPPED")["reason"])
        self.assertEqual(self.ctl("start").returncode, 0)
        self.until("MEASURING")
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
        self.stop_on_candidate(daemon)
        daemon.end(signal.SIGKILL)
        self.restart_host()
        self.assertEqual(self.host_is(), [4, 4])
        self.run_daemon()
        self.expect_tuned(study)


if __name__ == "__main__":
    programs.main()
