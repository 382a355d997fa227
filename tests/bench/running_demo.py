# SPDX-License-Identifier: Apache-2.0
"""The demo under load, for benchmarks that are scripts."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from programs import Program  # noqa: E402


class RunningDemo:
    """Backend, host and load, as long as the context is open: `tuner` is where the
    host is tuned."""

    def __init__(self, binaries):
        self.binaries = binaries
        self.stack = contextlib.ExitStack()

    def tool(self, name):
        return os.path.join(self.binaries, name)

    def start(self, path, *arguments):
        program = Program(path, *arguments)
        self.stack.callback(program.end)
        return program

    def __enter__(self):
        backend = self.start(self.tool("trimtab-demo-backend")).line_with("listening").split()[-1]
        host = self.start(self.tool("trimtab-demo-host"), "--backend", backend)
        self.tuner = host.line_with("tuner").split()[-1]
        self.start(self.tool("trimtab-demo-load"), "--target", host.line_with("data").split()[-1])
        return self

    def __exit__(self, *failure):
        self.stack.close()
