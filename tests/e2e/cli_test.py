#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command of trimtabctl against a real daemon, for people and for
scripts, with its exit codes.

Usage: cli_test.py DIRECTORY-OF-BINARIES
"""

import json
import os
import subprocess

import programs
import steady

DONE, REFUSED, BAD, UNREACHABLE, NOT_FOUND = range(5)


def records(text):
    """The JSON objects that follow each other."""
    decoder, found = json.JSONDecoder(), []
    text = text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].strip()
    return found


class CliTest(steady.SteadyHostCase):

    def expect(self, code, *arguments, **options):
        result = self.ctl(*arguments, **options)
        self.assertEqual(result.returncode, code, (arguments, result.stdout, result.stderr))
        if code == DONE:
            self.assertEqual(result.stderr, "")
        else:
            self.assertTrue(result.stderr.startswith("trimtabctl: "), result.stderr)
        return result.stdout if code == DONE else result.stderr

    def both(self, *arguments):
        """What is said to people, and to scripts."""
        return (self.expect(DONE, *arguments, output="text"),
                records(self.expect(DONE, *arguments)))

    def test_what_is_asked(self):
        self.run_daemon()
        self.until("HOLDING")

        text, (status,) = self.both("status")
        for word in ("state", "holding", "steady/one at", "trial 3 of 3", "[####", "baseline",
                     "proven gain", "thread_pool_size=16", "SLA"):
            self.assertIn(word, text)
        self.assertEqual(status["state"], "TUNER_STATE_HOLDING")
        self.assertEqual(status["trials_done"], 3)

        text, (status,) = self.both("report")
        for word in ("baseline", "winner", "score", "latency_p99_ms", "thread_pool_size",
                     "proven gain: +", "confidence"):
            self.assertIn(word, text)
        self.assertGreater(status["gain"]["lower_percent"], 2)

        text, (best,) = self.both("best")
        self.assertEqual(text, "thread_pool_size=16\n")
        self.assertEqual(best["best"]["config"]["thread_pool_size"], "16")
        self.assertEqual(best["baseline"]["config"]["thread_pool_size"], "4")

        text, trials = self.both("trials")
        head = text.splitlines()[0].split()
        self.assertEqual(head[:5], ["id", "round", "purpose", "verdict", "score"])
        self.assertEqual(len(text.splitlines()) - 1, len(trials))
        self.assertEqual(trials[-1]["purpose"], "TRIAL_PURPOSE_BASELINE")
        self.assertEqual(len(self.both("trials", "--limit", "2")[1]), 2)

        text, decisions = self.both("decisions")
        self.assertIn("promoted", text)
        self.assertEqual(decisions[-1]["reason"], "DECISION_REASON_BASELINE")
        self.assertEqual(len(self.both("decisions", "--limit", "1")[1]), 1)
        self.assertIn("nothing is demanded", self.both("sla")[0])

    def test_sla(self):
        # Slower than demanded, before and after tuning.
        self.run_daemon(self.write_settings(sla={"max_latency_p99_ms": 0.001},
                                            tuning={"mode": "observe"}))
        self.until("FROZEN")
        text, (sla,) = self.both("sla")
        self.assertRegex(text, r"latency p99, ms +at most 0.001 +\d+\.\d\d +no\n")
        self.assertIn("error budget: ", text)
        self.assertEqual(sla["requirements"]["max_latency_p99_ms"], 0.001)
        self.assertFalse(sla["compliance"]["compliant"])
        self.assertGreater(sla["metrics"]["latency_p99_ms"], 0.001)

    def test_watch(self):
        self.run_daemon()
        text = self.expect(DONE, "watch", "--until-holding", output="text")
        self.assertIn("holding trial 3/3", text.splitlines()[-1])
        self.assertIn("validating", text)
        # One that is holding already ends at once.
        self.assertEqual(len(records(self.expect(DONE, "watch", "--until-holding"))), 1)

    def test_pause_resume_stop_start(self):
        self.run_daemon()
        self.until("MEASURING")
        self.assertIn("paused", self.expect(DONE, "pause", "--reason", "lunch", output="text"))
        self.assertEqual(self.host_is(), [4, 4])
        self.assertIn("lunch", self.status()["reason"])
        self.assertIn("possible in: ", self.expect(REFUSED, "start"))
        self.expect(DONE, "resume")
        self.assertIn("'resume' is not possible", self.expect(REFUSED, "resume"))
        self.until("MEASURING")
        (status,) = records(self.expect(DONE, "pause", "--for-seconds", "1"))
        self.assertIn("until", status)
        self.until("SETTLING", "MEASURING")
        self.expect(DONE, "stop", "--reason", "enough")
        self.assertEqual(self.host_is(), [4, 4])
        self.assertIn("enough", self.status()["reason"])
        self.assertEqual(self.status()["state"], "TUNER_STATE_STOPPED")
        self.assertEqual(self.ctl("watch", "--until-holding").returncode, REFUSED)
        self.expect(REFUSED, "pause")
        self.expect(DONE, "start")
        self.until("HOLDING")
        self.assertEqual(self.ctl("pause", "--for-seconds", "0").returncode, BAD)

    def test_rollback_and_pin(self):
        self.run_daemon()
        self.until("HOLDING")
        decision = records(self.expect(DONE, "decisions"))[0]["id"]
        self.expect(DONE, "rollback", "--reason", "worse", output="text")
        self.assertEqual(self.host_is(), [4, 4])
        self.expect(NOT_FOUND, "rollback", "--decision", "999")
        (status,) = records(self.expect(DONE, "pin", "thread_pool_size=7", "--reason", "known"))
        self.assertEqual(status["config_in_force"]["thread_pool_size"], "7")
        self.assertEqual(self.host_is(), [7, 7])
        # Back to before the promotion.
        self.expect(DONE, "rollback", "--decision", decision)
        self.assertEqual(self.host_is(), [4, 4])
        for wrong, why in (("thread_pool_size=many", "whole number"), ("nothing", "NAME=VALUE"),
                           ("thread_pool_size=99999999999999999999", "whole number"),
                           ("cache_sise=1", "no parameter"), ("thread_pool_size=1000", "clamped")):
            self.assertIn(why, self.expect(BAD, "pin", wrong))
        self.assertEqual(self.host_is(), [4, 4])
        reasons = self.decisions()
        self.assertIn("OPERATOR_ROLLBACK", reasons)
        self.assertIn("OPERATOR_PIN", reasons)

    def test_approve_and_reject(self):
        self.run_daemon(self.write_settings(tuning={"mode": "approve"},
                                            validation={"finalists": 1}))
        self.assertIn("'approve' is not possible", self.expect(REFUSED, "approve"))
        self.expect(REFUSED, "reject")
        self.until("AWAITING_APPROVAL")
        self.assertEqual(self.host_is(), [4, 4])
        self.expect(DONE, "reject", "--reason", "not today")
        self.assertEqual(self.until("HOLDING")["incumbent"]["config"]["thread_pool_size"], "4")
        # What was refused was never committed.
        rejected = records(self.expect(DONE, "decisions"))[0]
        self.assertEqual(rejected["reason"], "DECISION_REASON_REJECTED")
        self.assertIn("did not change from a committed configuration",
                      self.expect(REFUSED, "rollback", "--decision", rejected["id"]))
        self.assertEqual(self.host_is(), [4, 4])
        self.expect(DONE, "start")
        self.until("AWAITING_APPROVAL")
        self.expect(DONE, "approve", "--reason", "go")
        self.assertEqual(self.host_is(), [16, 16])
        self.assertTrue(records(self.expect(DONE, "decisions"))[0]["explanation"].endswith("; go"))
        self.assertEqual([reason for reason in self.decisions()
                          if reason in ("APPROVED", "REJECTED")], ["APPROVED", "REJECTED"])

    def test_export_and_import(self):
        self.run_daemon()
        self.until("HOLDING")
        study = self.path("study.jsonl")
        self.assertEqual(self.expect(DONE, "export", study), "")
        with open(study, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        kinds = [next(iter(line)) for line in lines]
        self.assertEqual(kinds[0], "header")
        self.assertEqual(set(kinds), {"header", "trial", "decision"})
        self.assertIn("known already", self.expect(DONE, "import", study, output="text"))

        # Another daemon learns from it, and asks for nothing again.
        self.run_daemon(self.write_settings(tuning={"mode": "observe"}), name="other-")
        self.until("HOLDING", name="other-")
        (result,) = records(self.expect(DONE, "import", study, name="other-"))
        # Also of what it has just measured itself: that tells how alike the two are.
        self.assertEqual(result, {"imported_trials": 3, "skipped_trials": 0})
        (result,) = records(self.expect(DONE, "import", study, name="other-"))
        self.assertEqual(result, {"imported_trials": 0, "skipped_trials": 3})

        # A score is worth something beside scores of its own kind only.
        self.run_daemon(self.write_settings(
            tuning={"mode": "observe"},
            objective={"kind": "maximize", "metric": "throughput_ops_per_second"}), name="third-")
        self.until("HOLDING", name="third-")
        self.assertIn("are scored by the objective",
                      self.expect(BAD, "import", study, name="third-"))

        # An export that fails leaves the earlier one alone.
        self.expect(UNREACHABLE, "export", study, name="nobody-")
        with open(study, encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), len(lines))
        self.expect(BAD, "import", self.path("none"))
        self.expect(BAD, "export", self.path("none/study"))
        with open(study, "a", encoding="utf-8") as file:
            file.write("{not json\n")
        self.assertIn(f"{study}:{len(lines) + 1}: ", self.expect(BAD, "import", study))
        os.remove(study)

    def test_before_there_is_anything(self):
        self.host.end()
        self.expect(UNREACHABLE, "status")
        self.run_daemon()
        self.expect(NOT_FOUND, "best")
        for command in ("trials", "decisions", "pause", "stop", "rollback", "start"):
            self.expect(REFUSED, command)
        self.expect(DONE, "status")
        self.expect(DONE, "report", output="text")

    def test_observe_never_applies(self):
        self.run_daemon(self.write_settings(tuning={"mode": "observe"}))
        self.until("HOLDING")
        for command in (("start",), ("rollback",), ("pin", "thread_pool_size=7")):
            self.assertIn("nothing is ever applied", self.expect(REFUSED, *command))
        self.assertEqual(self.host_is(), [4, 4])

    def test_validate_and_wrong_usage(self):
        good = self.write_settings()
        self.assertEqual(self.expect(DONE, "validate", good, output="text"), f"{good}: good\n")
        bad = self.write_settings("bad.yaml", tuning={"mode": "automatic"})
        result = self.ctl("validate", bad, output="text")
        self.assertEqual(result.returncode, BAD)
        self.assertIn("tuning.mode: 'automatic' must be one of: observe, recommend, approve, auto",
                      result.stderr)
        (said,) = records(self.expect(DONE, "validate", good))
        self.assertEqual(said, {"file": good, "valid": True, "errors": [], "warnings": []})
        result = self.ctl("validate", bad)
        self.assertEqual(result.returncode, BAD)
        (said,) = records(result.stdout)
        self.assertFalse(said["valid"])
        self.assertEqual(said["errors"][0]["path"], "tuning.mode")
        self.assertEqual(said["errors"][0]["value"], "automatic")
        self.assertGreater(said["errors"][0]["line"], 0)
        for arguments in ((), ("nonsense",), ("status", "--output", "xml"), ("pin",), ("export",),
                          ("trials", "--limit", "0"), ("validate",)):
            result = subprocess.run([programs.binary("trimtabctl"), *arguments], capture_output=True,
                                    text=True, timeout=programs.DEADLINE_S, check=False)
            self.assertEqual(result.returncode, BAD, arguments)
        result = subprocess.run([programs.binary("trimtabctl"), "--help"], capture_output=True,
                                text=True, timeout=programs.DEADLINE_S, check=False)
        self.assertEqual(result.returncode, DONE)
        self.assertIn("Exit codes: 0 done; 1 refused", result.stdout)


if __name__ == "__main__":
    programs.main()
