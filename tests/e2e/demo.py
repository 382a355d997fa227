# SPDX-License-Identifier: Apache-2.0
"""A test case with the demo: backend, host and load as they are."""

import programs


class DemoCase(programs.TunerCase):

    def run_demo(self, *host_options, backend_options=(), load=True):
        """`self.tuner_address` is where the host is tuned."""
        backend = self.start("trimtab-demo-backend", *backend_options)
        address = backend.line_with("listening").split()[-1]
        host = self.start("trimtab-demo-host", "--backend", address, *host_options)
        self.tuner_address = host.line_with("tuner").split()[-1]
        data = host.line_with("data").split()[-1]
        if load:
            self.start("trimtab-demo-load", "--target", data)
