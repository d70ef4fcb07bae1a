#!/usr/bin/env python3
"""dosi-bench compare and page, on results made by hand. Run as saved_test.py PATH-OF-DOSI-BENCH; ctest does."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = sys.argv.pop(1)


def row(**other):
    return {"job": "sort", "size": 8, "device": "cpu", "threads": 1, "rate": 100.0, "unit": "elements/s", "spread": 0.005,
            "bytes_per_s": 800.0, "operations_per_s": 0, "roofline_share": 0.1, "checked": True, "deviation": 0,
            "baselines": [{"name": "std", "rate": 50.0, "ratio": 2.0}], **other}


def result(rows, **other):
    return {"rows": rows, "command": "dosi-bench par", "git": "abc", "compiler": "c", "flags": "-O2", "time": "now",
            "host": {"processor": "p", "processors": 2, "gpus": []}, **other}


class Saved(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, value):
        path = Path(self.folder.name) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value))
        return path

    def bench(self, *words):
        return subprocess.run([BENCH, *map(str, words)], capture_output=True, text=True)

    def verdict(self, **after):
        done = self.bench("compare", self.write("a.json", result([row()])), self.write("b.json", result([row(**after)])))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()[0].split()[-1]

    def test_compare_says_what_changed(self):
        self.assertEqual(self.verdict(), "same")
        self.assertEqual(self.verdict(rate=101.0), "same")
        self.assertEqual(self.verdict(rate=120.0), "faster")
        self.assertEqual(self.verdict(rate=80.0), "slower")
        self.assertEqual(self.verdict(rate=120.0, spread=0.2), "ambiguous")
        self.assertEqual(self.verdict(rate=200.0, spread=1.0), "ambiguous")

    def test_compare_needs_a_row_in_both(self):
        done = self.bench("compare", self.write("a.json", result([row()])), self.write("b.json", result([row(size=9)])))
        self.assertEqual(done.returncode, 1)
        self.assertIn("no row is in both", done.stderr)

    def test_other_machines_are_told_apart(self):
        other = result([row()], host={"processor": "q", "processors": 2, "gpus": []})
        self.assertIn("not the same machine", self.bench("compare", self.write("a.json", result([row()])), self.write("b.json", other)).stdout)

    def test_what_was_not_checked_is_refused(self):
        bad = self.write("results/a.json", result([row(checked=False)]))
        for words in (["compare", bad, bad], ["page", bad.parent, bad.parent.parent / "page.md"]):
            done = self.bench(*words)
            self.assertEqual(done.returncode, 1)
            self.assertIn("was not checked", done.stderr)
        self.assertFalse((bad.parent.parent / "page.md").exists())

    def test_a_page_that_was_changed_is_found(self):
        results, page = self.write("results/a.json", result([row()])).parent, Path(self.folder.name) / "page.md"
        self.assertEqual(self.bench("page", results, page).returncode, 0)
        self.assertIn("std 2.0×", page.read_text())
        self.assertEqual(self.bench("page", results, page, "--check").returncode, 0)
        page.write_text(page.read_text().replace("100 elements/s", "900 elements/s"))
        self.assertEqual(self.bench("page", results, page, "--check").returncode, 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
