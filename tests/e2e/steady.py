# SPDX-License-Identifier: Apache-2.0
"""A test case with a steady host, which a daemon tunes within some seconds."""

import json
import os
import signal

import programs

# Small windows: a round takes some seconds. Overridden setting by setting.
SETTINGS = {
    "host": {"rpc_timeout_ms": 500, "poll_interval_ms": 100},
    "tuning": {"strategy": "grid", "max_trials": 4, "incumbent_every": 3, "lease_ms": 1500,
               "retry_initial_ms": 50, "retry_max_ms": 500},
    "objective": {"kind": "minimize", "metric": "latency_p99_ms"},
    "parameters": {"thread_pool_size": {"values": [4, 8, 16, 32]}},
    "measure": {"settle_ms": 100, "min_windows": 3, "max_windows": 3, "min_requests": 30,
                "window_timeout_ms": 1000},
    "guard": {"hopeless_percent": 10000},
    "validation": {"pairs": 3, "windows_per_half": 2},
    "hold": {"probation_ms": 1000},
    "log": {"level": "debug"},
}


class SteadyHostCase(programs.TunerCase):
    """Has `self.host`; daemons are started by the tests."""

    def setUp(self):
        super().setUp()
        self.host = self.start_host("127.0.0.1:0")
        self.tuner_address = self.host.line_with("tuner").split()[-1]

    def start_host(self, listen, *arguments):
        host = programs.Program(programs.binary("../tests/steady_host"), listen, *arguments)
        self.addCleanup(host.end, signal.SIGKILL)
        return host

    def restart_host(self):
        """kill -9, and a new process at the same place."""
        self.host.end(signal.SIGKILL)
        self.host = self.start_host(self.tuner_address)
        self.host.line_with("tuner")

    def host_is(self):
        """What is in force and what is committed, as the host itself says."""
        words = self.host.ask("show", "in_force=").split()
        return [int(word.split("=")[1]) for word in words]

    def until_committed(self):
        """Waits until the host is on its committed configuration."""
        def look():
            in_force, committed = self.host_is()
            return committed if in_force == committed else None
        return programs.wait_for(look, "way back to the committed configuration")

    def until_on_candidate(self):
        """Waits until an unproven configuration is in force."""
        def look():
            in_force, committed = self.host_is()
            return in_force != committed
        programs.wait_for(look, "candidate in force")

    def stop_on_candidate(self, daemon):
        """Stops (SIGSTOP) the daemon while an unproven configuration is in force."""
        def look():
            os.kill(daemon.process.pid, signal.SIGSTOP)
            in_force, committed = self.host_is()
            if in_force != committed:
                return True
            os.kill(daemon.process.pid, signal.SIGCONT)
            return False
        programs.wait_for(look, "candidate in force")

    def write_settings(self, name="trimtab.yaml", **changes):
        """JSON is YAML. `changes` are sections with settings over the usual."""
        settings = {section: dict(values) for section, values in SETTINGS.items()}
        for section, values in changes.items():
            if section == "parameters":
                settings[section] = values
            elif isinstance(values, dict):
                settings.setdefault(section, {}).update(values)
            else:
                settings[section] = values
        return self.write(name, json.dumps(settings))

    def start_daemon(self, config=None, host=None, **options):
        return super().start_daemon(config or self.write_settings(),
                                    host or self.tuner_address, **options)
