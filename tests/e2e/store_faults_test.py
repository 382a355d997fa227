#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the disk does to the real daemon: full, damaged, cut short, newer, not
there. Nothing that was told is lost.

Usage: store_faults_test.py DIRECTORY-OF-BINARIES
"""

import contextlib
import glob
import os
import re
import resource
import sqlite3

import programs
import steady

DISK_BYTES = 400_000


class StoreFaultsTest(steady.SteadyHostCase):

    def test_a_full_disk_pauses_with_the_host_restored_and_loses_nothing(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (DISK_BYTES, resource.RLIM_INFINITY))
        # Many rounds of trials, until the file is full.
        config = self.write_settings(tuning={"max_trials": 1000, "strategy": "random"},
                                     parameters={"thread_pool_size": {"min": 1, "max": 64}},
                                     measure={"settle_ms": 0, "min_windows": 2, "max_windows": 2})
        daemon = self.run_daemon(config, preexec_fn=limit)
        status = self.until("PAUSED")
        self.assertIn("the store failed", status["reason"])
        self.until_committed()
        self.until_metric(daemon, 'trimtab_state{state="paused"} 1')
        self.assertRegex(self.get(daemon, "metrics")[1],
                         r"(?m)^trimtab_store_failures_total [1-9]")
        # The audit log waits for room, too; whoever calls doesn't.
        failing = re.compile(r"(?m)^trimtab_audit_failures_total [1-9]")
        programs.wait_for(lambda: self.ctl("approve").returncode == 1 and
                          failing.search(self.get(daemon, "metrics")[1]), "failure of the audit")
        daemon.line_with("the audit log can't be written")
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.until("MEASURING", "SETTLING")
        daemon.line_with("the audit log is written again")
        self.assertEqual(self.answers("audit")[0]["call"], "ApproveCandidate")
        self.assertEqual(daemon.end(), 0)
        # Whatever the log tells of is stored too.
        with contextlib.closing(sqlite3.connect(self.path("store.db"))) as database:
            for record in ("trial", "decision"):
                said = {int(id) for id in re.findall(rf' {record} id="(\d+)"', daemon.said)}
                stored = {row[0] for row in database.execute(f"SELECT id FROM {record}s")}
                self.assertGreater(len(said), 0)
                self.assertEqual(said, stored)

    def test_a_damaged_store_is_set_aside_and_said_aloud(self):
        with open(self.path("store.db"), "wb") as file:
            file.write(b"not a database " * 100)
        daemon = self.start_daemon()
        self.assertIn("set_aside", daemon.line_with("the store was damaged"))
        daemon.line_with("trimtabd runs")
        kept = glob.glob(self.path("store.db.corrupt-*"))
        self.assertEqual(len(kept), 1)
        with open(kept[0], "rb") as file:
            self.assertTrue(file.read().startswith(b"not a database"))

    def test_a_store_cut_short_by_a_crash_is_set_aside(self):
        daemon = self.run_daemon()
        self.until("HOLDING")
        self.assertEqual(daemon.end(), 0)
        with open(self.path("store.db"), "r+b") as file:
            file.truncate(os.path.getsize(self.path("store.db")) // 2)
        daemon = self.start_daemon()
        daemon.line_with("the store was damaged")
        daemon.line_with("trimtabd runs")
        # The host's proven configuration is the new study's baseline.
        self.assertEqual(self.until("HOLDING")["baseline"]["config"]["thread_pool_size"], "16")

    def test_a_newer_store_is_refused_and_untouched(self):
        daemon = self.run_daemon()
        daemon.end()
        with contextlib.closing(sqlite3.connect(self.path("store.db"))) as database:
            database.execute("PRAGMA user_version = 99")
        with open(self.path("store.db"), "rb") as file:
            before = file.read()
        daemon = self.start_daemon()
        self.assertIn("schema version 99", daemon.line_with("use a newer one"))
        self.assertEqual(daemon.end(), 1)
        with open(self.path("store.db"), "rb") as file:
            self.assertEqual(file.read(), before)

    def test_a_store_that_is_no_file_is_refused(self):
        os.mkdir(self.path("store.db"))
        daemon = self.start_daemon()
        daemon.line_with("is no file")
        self.assertEqual(daemon.end(), 1)

    def test_a_store_that_cannot_be_made_is_refused(self):
        daemon = self.start_daemon(name="none/", api=self.api())
        daemon.line_with("can't open")
        self.assertEqual(daemon.end(), 1)


if __name__ == "__main__":
    programs.main()
