#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon as a service: what it tells a service manager, that a hung control
loop is restarted, settings that change under it, and the probe.

Usage: service_test.py DIRECTORY-OF-BINARIES
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time

import programs
import steady

PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000


class FakeManager:
    """systemd's end of the notify socket."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.bind(path)

    def environment(self, watchdog_s=0):
        # WATCHDOG_PID is left out: it is the child's, which isn't known yet.
        watchdog = {"WATCHDOG_USEC": str(int(watchdog_s * 1e6))} if watchdog_s else {}
        return {**os.environ, "NOTIFY_SOCKET": self.path, **watchdog}

    def hear(self, seconds):
        """The next datagram; nothing when none comes in time."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return None

    def until(self, beginning):
        end = time.monotonic() + programs.DEADLINE_S
        while time.monotonic() < end:
            message = self.hear(1)
            if message and message.startswith(beginning):
                return message
        raise AssertionError(f"'{beginning}' was not told")

    def supervise(self, watchdog_s):
        """Returns once the watchdog was not fed in time, as systemd sees it."""
        end = time.monotonic() + programs.DEADLINE_S
        fed = time.monotonic()
        while time.monotonic() < end:
            left = fed + watchdog_s - time.monotonic()
            if left <= 0:
                return
            if self.hear(left) == "WATCHDOG=1":
                fed = time.monotonic()
        raise AssertionError("the watchdog is fed still")


class ServiceTest(steady.SteadyHostCase):

    def setUp(self):
        super().setUp()
        self.manager = FakeManager(self.path("notify"))
        self.addCleanup(self.manager.socket.close)

    def control_thread(self, daemon):
        tasks = f"/proc/{daemon.process.pid}/task"
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/comm", encoding="utf-8") as file:
                if file.read().strip() == "control":
                    return int(task)
        raise AssertionError("there is no control thread")

    def hang(self, thread):
        """Holds this one thread for as long as the process lives."""
        libc = ctypes.CDLL(None, use_errno=True)
        for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
            if libc.ptrace(request, thread, None, None) != 0:
                self.skipTest(f"a thread can't be held here: {os.strerror(ctypes.get_errno())}")
        os.waitpid(thread, WALL)
        # The end of a held thread is to be seen before the process may end.
        self.addCleanup(self.reap, thread)

    @staticmethod
    def reap(thread):
        try:
            os.waitpid(thread, WALL)
        except ChildProcessError:
            pass

    def test_tells_how_it_is(self):
        daemon = self.run_daemon(env=self.manager.environment())
        self.assertEqual(self.manager.until("READY"), "READY=1")
        self.manager.until("STATUS=holding: ")
        daemon.process.send_signal(signal.SIGHUP)
        self.manager.until("RELOADING=1\nMONOTONIC_USEC=")
        self.assertEqual(self.manager.until("READY"), "READY=1")
        daemon.process.send_signal(signal.SIGTERM)
        self.manager.until("STOPPING=1")
        self.assertEqual(daemon.end(), 0)

    def test_a_hung_loop_starves_the_watchdog_and_is_restarted(self):
        watchdog_s = 3
        environment = self.manager.environment(watchdog_s)
        daemon = self.run_daemon(env=environment)
        self.manager.until("READY")
        for _ in range(5):
            self.manager.until("WATCHDOG=1")
        thread = self.control_thread(daemon)
        self.hang(thread)
        # The API lives, and says what is wrong.
        self.assertEqual(self.probe(), 0)
        self.manager.supervise(watchdog_s)
        daemon.process.send_signal(signal.SIGABRT)
        self.reap(thread)
        self.assertEqual(daemon.end(), -signal.SIGABRT)
        self.run_daemon(env=environment)
        self.manager.until("READY")
        self.manager.until("WATCHDOG=1")
        self.manager.until("STATUS=holding: ")

    def test_a_watchdog_is_never_shorter_than_calls_to_the_host_may_be(self):
        slow = self.write_settings(host={"rpc_timeout_ms": 2000}, tuning={"lease_ms": 6000})
        self.run_daemon(slow, env=self.manager.environment(3))
        self.assertEqual(self.manager.until("READY"), "READY=1\nWATCHDOG_USEC=10000000")

    def swap(self, number, text):
        """The way of a ConfigMap: config.yaml -> ..data/config.yaml, ..data -> ..NUMBER."""
        place = self.path("config")
        os.makedirs(f"{place}/..{number}")
        with open(f"{place}/..{number}/config.yaml", "w", encoding="utf-8") as file:
            file.write(text)
        os.symlink(f"..{number}", f"{place}/..data_tmp")
        os.rename(f"{place}/..data_tmp", f"{place}/..data")
        if not os.path.lexists(f"{place}/config.yaml"):
            os.symlink("..data/config.yaml", f"{place}/config.yaml")
        if number:
            shutil.rmtree(f"{place}/..{number - 1}")
        return f"{place}/config.yaml"

    def test_a_configmap_swapped_is_read_again(self):
        def settings(**changes):
            with open(self.write_settings(**changes), encoding="utf-8") as file:
                return file.read()

        config = self.swap(0, settings())
        daemon = self.start("trimtabd", "--config", config, "--watch-config", "--host",
                            self.tuner_address, "--store", self.path("store.db"), "--metrics",
                            "127.0.0.1:0", "--api", "unix:" + self.path("api"))
        daemon.metrics = daemon.line_with("trimtabd runs").split('metrics="')[1].split('"')[0]
        self.until("HOLDING")
        self.swap(1, settings(tuning={"mode": "observe"}))
        daemon.line_with("the settings were replaced")
        self.assertEqual(self.status()["mode"], "TUNING_MODE_OBSERVE")
        self.swap(2, "tuning: {mode: fast}")
        self.assertIn("tuning.mode", daemon.line_with("the new settings were refused"))
        self.until_metric(daemon, "trimtab_settings_reload_successful 0")
        self.assertEqual(self.status()["mode"], "TUNING_MODE_OBSERVE")
        self.swap(3, settings(tuning={"mode": "recommend"}))
        daemon.line_with("the settings were replaced")
        self.until_metric(daemon, "trimtab_settings_reload_successful 1")
        self.assertEqual(self.status()["mode"], "TUNING_MODE_RECOMMEND")

    def test_without_the_option_a_file_is_read_at_a_signal_only(self):
        config = self.write_settings()
        daemon = self.run_daemon(config, env=self.manager.environment())
        self.write_settings(tuning={"mode": "observe"})
        # Some rounds of the thread that would see it.
        for _ in range(2):
            self.manager.until("STATUS=")
        self.assertEqual(self.status()["mode"], "TUNING_MODE_AUTO")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.line_with("the settings were replaced")
        self.assertEqual(self.status()["mode"], "TUNING_MODE_OBSERVE")

    def probe(self, *arguments):
        return self.probed(*(arguments or ("--api", "unix:" + self.path("api")))).returncode

    def probed(self, *arguments):
        return subprocess.run([programs.binary("trimtabd"), "--probe", *arguments], text=True,
                              capture_output=True, timeout=programs.DEADLINE_S, check=False)

    def test_the_probe_says_whether_the_daemon_is_well(self):
        api = "unix:" + self.path("api")
        self.assertEqual(self.probe("--api", api), 1)
        self.assertEqual(self.probe(), 1)
        self.assertEqual(self.probe("nonsense", "--api", api), 2)
        self.assertIn("--config is required", self.probed().stderr)
        self.run_daemon()
        self.until("HOLDING")
        for arguments in (("--api", api), ("liveness", "--api", api), ("readiness", "--api", api),
                          ("--config", self.write_settings("probe.yaml", api={"listen": api}))):
            self.assertEqual(self.probe(*arguments), 0, arguments)
        self.host.end(signal.SIGKILL)
        self.until("HOST_LOST")
        answer = self.probed("readiness", "--api", api)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("readiness is NOT_SERVING", answer.stderr)
        self.assertEqual(self.probe("--api", api), 0)


if __name__ == "__main__":
    programs.main()
