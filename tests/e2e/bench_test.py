#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""trimtab-bench as a stranger would use it, against HTTP and gRPC servers.

Usage: bench_test.py DIRECTORY-OF-BINARIES PROFILE
"""

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import programs
from programs import DEADLINE_S, Program, binary

PROFILE = sys.argv.pop(2)


class Server(http.server.BaseHTTPRequestHandler):
    """Remembers each request; answers by its path."""

    protocol_version = "HTTP/1.1"
    # Head and body in one packet; else each answer waits for the client's ACK.
    wbufsize = 1 << 16
    seen = []
    connections = set()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Server.seen.append((self.command, self.path, body, self.headers.get("X-Who")))
        Server.connections.add(self.client_address)
        if self.path == "/hang":
            Server.release.wait()
        text = b"hello"
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


class Bench(unittest.TestCase):
    def setUp(self):
        Server.seen, Server.connections, Server.release = [], set(), threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(Server.release.set)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def bench(self, *arguments, code=0):
        result = subprocess.run([binary("trimtab-bench"), *map(str, arguments)],
                                capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def test_counts_requests_and_keeps_connections(self):
        result = self.bench("http", self.url + "/page", "-n", 50, "-w", 0, "-c", 2, "-o", "json",
                            "-H", "X-Who: bench")
        run = json.loads(result.stdout)["results"][0]
        self.assertEqual((run["iterations"], run["succeeded"]), (50, 50))
        self.assertEqual(run["payload_bytes"], 50 * len("hello"))
        # And one before all, to see whether somebody is there.
        self.assertEqual(Server.seen, [("GET", "/page", b"", "bench")] * 51)
        self.assertLessEqual(len(Server.connections), 2)

    def test_a_body_of_each_size(self):
        self.bench("http", self.url, "-X", "POST", "--request-bytes", "10,3000", "-n", 5, "-w", 0)
        sizes = [len(body) for _, _, body, _ in Server.seen if body]
        self.assertEqual(sizes, [10] * 5 + [3000] * 5)
        with open(self.path("body"), "wb") as file:
            file.write(b"from a file")
        self.bench("http", self.url, "-X", "PUT", "--body-file", self.path("body"), "-n", 1,
                   "-w", 0)
        self.assertEqual(Server.seen[-1][:3], ("PUT", "/", b"from a file"))
        result = self.bench("http", self.url, "--request-bytes", 10, "-n", 1, code=2)
        self.assertIn("--method POST", result.stderr)

    def test_an_open_loop_sends_at_its_rate(self):
        result = self.bench("http", self.url, "-r", 100, "--arrivals", "constant", "-c", 8,
                            "-d", 1, "-w", 0, "-o", "json")
        run = json.loads(result.stdout)["results"][0]
        self.assertEqual(run["iterations"], 100)
        self.assertEqual(run["load"]["kind"], "constant")

    def test_each_failure_has_its_code_and_a_reason(self):
        result = self.bench("http", self.url + "/broken", "-n", 3, "-w", 0, code=1)
        self.assertIn("none of 3 requests succeeded; most often: HTTP status 500", result.stderr)
        result = self.bench("http", "http://127.0.0.1:1/", "-n", 3, code=3)
        self.assertIn("127.0.0.1 port 1", result.stderr)
        result = self.bench("grpc", "unix:" + self.path("none"), "a.B/C", "--timeout-ms", 200,
                            "-n", 3, code=3)
        self.assertIn("no connection", result.stderr)
        self.bench("http", self.url, "-n", 0, code=2)
        self.bench("http", self.url, "--arrivals", "constant", code=2)
        self.bench("http", self.url, "--body-file", self.path("none"), code=2)
        self.bench("grpc", "127.0.0.1:1", "nonsense", "-n", 1, code=2)
        self.bench("http", self.url, "-n", 1, "-w", 0, "--save", self.path("no/where"), code=2)
        self.bench(code=2)

    def test_saved_runs_are_shown_and_compared(self):
        for name in ("a", "b"):
            self.bench("http", self.url, "-n", 400, "-w", 0, "--save", self.path(name))
        shown = self.bench("show", self.path("a"), "-o", "markdown")
        self.assertIn("| p99 |", shown.stdout)
        compared = self.bench("compare", self.path("a"), self.path("b"), "-o", "json")
        metrics = {each["metric"] for each in json.loads(compared.stdout)[0]["metrics"]}
        self.assertIn("latency_p50_ns", metrics)
        # A run whose batches are known, and the same ten times as slow.
        for name, nanoseconds in (("steady", 1e6), ("slow", 1e7)):
            with open(self.path("a"), encoding="utf-8") as file:
                run = json.load(file)
            for number, batch in enumerate(run["results"][0]["batches"]):
                batch["latencies"] = 1000
                for each in ("mean_ns", "p50_ns", "p95_ns", "p99_ns", "p999_ns"):
                    batch[each] = nanoseconds * (1 + number % 3 / 100)
            with open(self.path(name), "w", encoding="utf-8") as file:
                json.dump(run, file)
        steady, slow = self.path("steady"), self.path("slow")
        worse = self.bench("compare", steady, slow, "--fail-if-worse", code=4)
        self.assertIn("+900.00 %", worse.stdout)
        self.bench("compare", slow, steady, "--fail-if-worse")
        with open(self.path("bad"), "w", encoding="utf-8") as file:
            file.write("{}")
        result = self.bench("compare", self.path("a"), self.path("bad"), code=2)
        self.assertIn("the file.format is missing", result.stderr)

    def test_interrupted_it_shows_what_it_has(self):
        program = Program(binary("trimtab-bench"), "http", self.url, "-d", "3600", "-w", "0")
        self.addCleanup(program.end)
        while len(Server.seen) < 20:
            threading.Event().wait(0.01)
        program.process.send_signal(signal.SIGINT)
        program.line_with(", interrupted")
        self.assertEqual(program.end(), 130)

    def test_a_grpc_method_by_reflection(self):
        daemon = Program(binary("trimtabd"), "--config", PROFILE, "--host", "127.0.0.1:1",
                         "--store", self.path("db"), "--api", "unix:" + self.path("api"),
                         "--metrics", "127.0.0.1:0")
        self.addCleanup(daemon.end)
        daemon.line_with("trimtabd runs")
        status = ("grpc", "unix:" + self.path("api"), "trimtab.v1.TunerService/GetStatus", "-w", 0)
        result = self.bench(*status, "--json", "{}", "-n", 100, "-c", 2, "-o", "json", "--pid",
                            daemon.process.pid)
        run = json.loads(result.stdout)["results"][0]
        self.assertEqual(run["succeeded"], 100)
        self.assertGreater(run["memory_peak_bytes"], 1 << 20)
        result = self.bench(*status, "--json", '{"no": 1}', "-n", 1, code=2)
        self.assertIn("trimtab.v1.GetStatusRequest", result.stderr)


if __name__ == "__main__":
    programs.main()
