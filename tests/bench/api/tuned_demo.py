#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon while it tunes the demo, for the benchmarks of its API."""

import os
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from running_demo import RunningDemo  # noqa: E402

PROFILE = os.path.join(HERE, "..", "..", "..", "config", "profiles", "quickstart.yaml")


class TunedDemo(RunningDemo):
    """Demo and daemon, as long as the context is open: `api` and `page` say where
    they listen, `daemon` is the program."""

    def __enter__(self):
        super().__enter__()
        self.directory = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.api = "unix:" + os.path.join(self.directory, "api")
        self.daemon = self.start(
            self.tool("trimtabd"), "--config", PROFILE, "--host", self.tuner, "--store",
            os.path.join(self.directory, "db"), "--api", self.api, "--metrics", "127.0.0.1:0")
        listens = self.daemon.line_with("trimtabd runs").split('metrics="')[1].split('"')[0]
        self.page = f"http://{listens}/metrics"
        # Until the page has all that it will have.
        self.daemon.line_with("trial")
        return self

    def series(self):
        """What stands on the page: value by series."""
        with urllib.request.urlopen(self.page) as answer:
            lines = answer.read().decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in lines if not line.startswith("#")}
