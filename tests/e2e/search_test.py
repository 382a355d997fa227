#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""trimtab-search as another program drives it: line by line over its pipes.

Usage: search_test.py DIRECTORY-OF-BINARIES
"""

import json
import subprocess
import unittest

import programs

SPACE = {"op": "space", "objective": "min", "seed": 3, "trials": 20, "params": [
    {"name": "threads", "type": "int", "values": [1, 2, 4, 8, 16, 32]},
    {"name": "codec", "type": "cat", "values": ["lz4", "none", "zstd"]},
    {"name": "sync", "type": "bool"},
    {"name": "ratio", "type": "float", "min": 0.1, "max": 10, "log": True}]}


def cost(config):
    return (100 / config["threads"] + 2 * config["threads"] + 5 * config["ratio"]
            + {"lz4": 0, "none": 8, "zstd": 3}[config["codec"]] + (20 if config["sync"] else 0))


class SearchTest(unittest.TestCase):

    def start(self):
        process = subprocess.Popen([programs.binary("trimtab-search")], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def tell(self, process, message):
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()

    def ask(self, process, message):
        self.tell(process, message)
        return json.loads(process.stdout.readline())

    def end(self, process):
        process.stdin.close()
        return process.wait(programs.DEADLINE_S)

    def search(self):
        """The answers of a search of twenty trials."""
        process = self.start()
        self.tell(process, SPACE)
        answers = []
        for _ in range(20):
            answers.append(self.ask(process, {"op": "suggest"}))
            config = answers[-1]["config"]
            self.tell(process, {"op": "observe", "config": config, "value": cost(config)})
        answers.append(self.ask(process, {"op": "best"}))
        answers.append(self.ask(process, {"op": "importances"}))
        self.assertEqual(self.end(process), 0)
        return answers

    def test_a_search_finds_the_best_and_is_the_same_again(self):
        answers = self.search()
        best = answers[-2]["config"]
        self.assertEqual((best["codec"], best["sync"], best["threads"]), ("lz4", False, 8))
        self.assertEqual(set(answers[-1]["importances"]), {"threads", "codec", "sync", "ratio"})
        self.assertEqual(self.search(), answers)

    def test_a_line_that_is_refused_is_answered_and_told_by_the_exit_status(self):
        process = self.start()
        self.tell(process, SPACE)
        self.assertIn("line 2: cuont: ", self.ask(process, {"op": "suggest", "cuont": 2})["error"])
        process.stdin.write('{"op":"observe","config":{},"value":NaN}\n')
        self.assertIn("line 3: value: NaN", self.ask(process, {"op": "best"})["error"])
        self.assertEqual(json.loads(process.stdout.readline()), {"config": None})
        self.assertEqual(self.end(process), 1)

    def test_the_help_names_the_protocol(self):
        result = subprocess.run([programs.binary("trimtab-search"), "--help"], check=True,
                                capture_output=True, text=True)
        for word in ('"op":"space"', '"op":"suggest"', '"op":"observe"', '"op":"best"',
                     '"op":"front"', '"op":"importances"', '"constraints"', '"further"', '"rules"',
                     '"start"', '"prior"', '"standard_error"', '"status"', "Exit status"):
            self.assertIn(word, result.stdout)


if __name__ == "__main__":
    programs.main()
