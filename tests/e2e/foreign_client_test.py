#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real daemon under a foreign gRPC client that reflects.

Usage: foreign_client_test.py DIRECTORY-OF-BINARIES
"""

import json
import os
import subprocess
import sys

import programs
import steady

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "foreign_client.py")


def python_with_grpc():
    """Debian's packages belong to Debian's Python, which may not be the first."""
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", "import grpc, google.protobuf"], capture_output=True,
                check=False).returncode == 0:
            return python
    return None


class ForeignClientTest(steady.SteadyHostCase):

    def test_it_reads_status_and_health_over_reflection(self):
        python = python_with_grpc()
        if python is None:
            print("SKIPPED: python3-grpcio is not installed", file=sys.stderr)
            self.skipTest("python3-grpcio is not installed")
        self.run_daemon()
        self.until("HOLDING")
        result = subprocess.run([python, CLIENT, "unix:" + self.path("api")], capture_output=True,
                                text=True, timeout=programs.DEADLINE_S, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        seen = json.loads(result.stdout)
        self.assertIn("trimtab.v1.TunerService", seen["services"])
        self.assertIn("grpc.health.v1.Health", seen["services"])
        for check in ("health", "health_of_tuner", "health_watch"):
            self.assertEqual(seen[check], {"status": "SERVING"})
        for status in (seen["status"], seen["watch"]):
            self.assertEqual(status["state"], "TUNER_STATE_HOLDING")
            self.assertEqual(status["host_service"], "steady")
            self.assertEqual(status["config_in_force"]["thread_pool_size"], "16")
        self.assertEqual(seen["best"]["best"]["config"]["thread_pool_size"], "16")
        self.assertEqual(len(seen["trials"]["trials"]), 2)
        self.assertTrue(seen["trials"]["next_page_token"])
        self.assertEqual(seen["refusal"][0], "FAILED_PRECONDITION")
        self.assertIn("awaiting_approval", seen["refusal"][1])


if __name__ == "__main__":
    programs.main()
